// The gateway put together: engine, HTTP, subscriptions. Knows no subgraph's code, only clients of subgraphs.
import type { ApolloServerPlugin } from '@apollo/server';
import { type Principal, serializePrincipal } from '#platform/auth/principal.ts';
import type { TokenVerifier } from '#platform/auth/tokens.ts';
import { listen } from '#platform/graphql/listen.ts';
import { systemClock } from '#platform/kernel/clock.ts';
import type { Logger } from '#platform/telemetry/logger.ts';
import { newTraceparent } from '#platform/telemetry/trace.ts';
import { createEngine } from './engine/create-engine.ts';
import { JsonText } from './engine/engine.ts';
import { graphiqlPage } from './http/graphiql.ts';
import { createHttpServer, drain, PATH } from './http/server.ts';
import { Guard, NO_LIMITS } from './security/guarded-engine.ts';
import { refusingRevoked } from './security/identity.ts';
import { Revocations } from './security/revocations.ts';
import type { GatewayContext, SubgraphClient } from './subgraph-client.ts';
import type { LiveDataLimits } from './subscriptions/limits.ts';
import { serveLiveData } from './subscriptions/live-data.ts';

export interface GatewayOptions {
  readonly supergraphSdl: string;
  readonly subgraphs: readonly SubgraphClient[];
  readonly tokens: TokenVerifier;
  readonly logger: Logger;
  /** Ours by default. */
  readonly engine?: 'tillgraph' | 'apollo';
  readonly host: string;
  readonly port: number;
  /** Folder of operations shown as tabs in GraphiQL. */
  readonly examples?: URL | undefined;
  /** Throws when a part needed to answer is not there; asked by /readyz. */
  readonly ready?: (() => Promise<void>) | undefined;
  /** Apollo Server's plugins. With any, every request takes Apollo Server's pipeline (docs/adr/0005-fast-path.md). */
  readonly plugins?: readonly ApolloServerPlugin<GatewayContext>[] | undefined;
  /** Bounds of sockets and event streams where they are not the usual ones. */
  readonly liveData?: Partial<LiveDataLimits> | undefined;
  /** Judges operations before the engine sees them. Without: the usual limits, no cost, no budgets, the schema open. */
  readonly guard?: Guard | undefined;
  /** Tokens and clients that are refused though they are valid. Started and stopped by who made it. */
  readonly revocations?: Revocations | undefined;
}

export interface Gateway {
  /** Where the graph is: http://127.0.0.1:4000/graphql */
  readonly url: string;
  /** Runs an operation as if it had come over HTTP under this principal. Throws when the answer has errors. */
  execute<T>(principal: Principal, operation: string, variables: Record<string, unknown>): Promise<T>;
  /** Lets running requests end; sockets are told to come back. */
  close(): Promise<void>;
}

/** How long requests being answered may still take when the gateway closes. */
const LONGEST_DRAIN_MS = 10_000;

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { supergraphSdl, subgraphs, logger, plugins } = options;
  const revocations = options.revocations ?? new Revocations(() => systemClock.now().getTime());
  const tokens = refusingRevoked(options.tokens, revocations);
  const guard = options.guard ?? new Guard(NO_LIMITS);
  const bare = await createEngine({ engine: options.engine ?? 'tillgraph', supergraphSdl, subgraphs, logger });
  const engine = guard.wrap(bare, supergraphSdl);
  const ready = options.ready ?? (() => Promise.resolve());
  let page: Promise<string> | undefined;
  const graphiql = () => (page ??= graphiqlPage(options.examples));
  const { app, apollo } = await createHttpServer({
    engine,
    supergraphSdl,
    tokens,
    logger,
    graphiql,
    ready,
    plugins,
    trusted: guard.options.trusted,
    limits: guard.options.limits,
  });
  const closeLiveData = serveLiveData({
    app,
    engine,
    apollo,
    tokens,
    logger,
    trusted: guard.options.trusted,
    limits: options.liveData,
  });
  const address = await listen(app, options.host, options.port);
  return {
    url: `${address}${PATH}`,
    async execute<T>(principal: Principal, query: string, variables: Record<string, unknown>): Promise<T> {
      const contextValue = { principal: serializePrincipal(principal), traceparent: newTraceparent() };
      const { body } = await apollo.executeOperation<T & Record<string, unknown>>(
        { query, variables },
        { contextValue },
      );
      const { data, errors } = body.kind === 'single' ? body.singleResult : { data: null, errors: undefined };
      if (errors?.[0]) throw new Error(`${String(errors[0].extensions?.code)}: ${errors[0].message}`);
      return (data instanceof JsonText ? data.toJSON() : data) as T;
    },
    async close() {
      await closeLiveData();
      await drain(app, LONGEST_DRAIN_MS);
      await apollo.stop();
    },
  };
}
