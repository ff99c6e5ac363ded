// The gateway put together: engine, HTTP, subscriptions. Knows no subgraph's code, only clients of subgraphs.
import type { ApolloServer, ApolloServerPlugin } from '@apollo/server';
import { type Principal, serializePrincipal } from '#platform/auth/principal.ts';
import type { TokenVerifier } from '#platform/auth/tokens.ts';
import { listen } from '#platform/graphql/listen.ts';
import { sleep, systemClock } from '#platform/kernel/clock.ts';
import type { Logger } from '#platform/telemetry/logger.ts';
import { newTraceparent } from '#platform/telemetry/trace.ts';
import type { AuthorizationMode } from './engine/authorization.ts';
import { createEngine } from './engine/create-engine.ts';
import { JsonText } from './engine/engine.ts';
import { graphiqlPage } from './http/graphiql.ts';
import { Health, type Needs } from './http/health.ts';
import { Overload, type OverloadOptions, usualOverload } from './http/overload.ts';
import { createHttpServer, drain, PATH } from './http/server.ts';
import { Guard, NO_LIMITS } from './security/guarded-engine.ts';
import { refusingRevoked } from './security/identity.ts';
import { Revocations } from './security/revocations.ts';
import type { GatewayContext, SubgraphClient } from './subgraph-client.ts';
import type { LiveDataLimits } from './subscriptions/limits.ts';
import { serveLiveData } from './subscriptions/live-data.ts';
import { type SharingOptions, shareSubscriptions } from './subscriptions/sharing-engine.ts';
import { type Generation, LiveEngine } from './supergraph/live-engine.ts';
import { sha256Of } from './supergraph/source.ts';

/** A supergraph and the clients of its subgraphs. */
export interface Graph {
  readonly supergraphSdl: string;
  readonly subgraphs: readonly SubgraphClient[];
  /** Called when nothing runs on it any more. */
  readonly release?: (() => Promise<void>) | undefined;
}

export interface GatewayOptions extends Graph {
  readonly tokens: TokenVerifier;
  readonly logger: Logger;
  /** Ours by default. */
  readonly engine?: 'tillgraph' | 'apollo';
  readonly host: string;
  readonly port: number;
  /** Folder of operations shown as tabs in GraphiQL. */
  readonly examples?: URL | undefined;
  /** Parts needed to answer, asked by /readyz. */
  readonly needs?: Needs | undefined;
  /** What /readyz tells of the supergraph; without: its hash. */
  readonly supergraph?: (() => object) | undefined;
  /** Headers of clients that subgraphs over HTTP may see, in lower case: of a request, or of a socket's upgrade. */
  readonly forwardHeaders?: readonly string[] | undefined;
  readonly overload?: Partial<OverloadOptions> | undefined;
  readonly shutdown?: Partial<ShutdownOptions> | undefined;
  /** Apollo Server's plugins. With any, every request takes Apollo Server's pipeline (docs/adr/0005-fast-path.md). */
  readonly plugins?: readonly ApolloServerPlugin<GatewayContext>[] | undefined;
  /** Bounds of sockets and event streams where they are not the usual ones. */
  readonly liveData?: Partial<LiveDataLimits> | undefined;
  /** How subscriptions of many clients are shared. */
  readonly sharing?: Partial<SharingOptions> | undefined;
  /** Judges operations before the engine sees them. Without: the usual limits, no cost, no budgets, the schema open. */
  readonly guard?: Guard | undefined;
  /** Tokens and clients that are refused though they are valid. Started and stopped by who made it. */
  readonly revocations?: Revocations | undefined;
  /** `null`: what a caller may not see is null, with an error; `reject`: the operation does not run. */
  readonly authorization?: AuthorizationMode | undefined;
}

export interface Gateway {
  /** Where the graph is: http://127.0.0.1:4000/graphql */
  readonly url: string;
  /** Runs an operation as if it had come over HTTP under this principal. Throws when the answer has errors. */
  execute<T>(principal: Principal, operation: string, variables: Record<string, unknown>): Promise<T>;
  /** Serves another supergraph from now on; what runs ends on the one it began on. Rejects, and changes nothing, when it cannot be run. */
  reload(next: Graph): Promise<void>;
  /** Lets running requests end; sockets are told to come back. */
  close(): Promise<void>;
}

export interface ShutdownOptions {
  /** How long /readyz says that the gateway stops before it takes no new connections. */
  readonly noticeMs: number;
  /** How long requests being answered may take then. */
  readonly longestMs: number;
}

const usualShutdown: ShutdownOptions = { noticeMs: 0, longestMs: 10_000 };
const nothing = () => Promise.resolve();

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { logger, plugins } = options;
  const revocations = options.revocations ?? new Revocations(() => systemClock.now().getTime());
  const tokens = refusingRevoked(options.tokens, revocations);
  const guard = options.guard ?? new Guard(NO_LIMITS);
  const open = (graph: Graph) => openGraph(graph, options, guard);
  const engine = new LiveEngine(await open(options));
  const overload = new Overload({ ...usualOverload, ...options.overload });
  const health = healthOf(options, engine, overload);
  let page: Promise<string> | undefined;
  const graphiql = () => (page ??= graphiqlPage(options.examples));
  const { app, apollo } = await createHttpServer({
    engine,
    tokens,
    logger,
    graphiql,
    plugins,
    trusted: guard.options.trusted,
    limits: guard.options.limits,
    trustedProxies: options.liveData?.trustedProxies,
    forwardHeaders: options.forwardHeaders,
  });
  const closeLiveData = serveLiveData({
    app,
    engine,
    apollo,
    tokens,
    revocations,
    logger,
    trusted: guard.options.trusted,
    limits: options.liveData,
    forwardHeaders: options.forwardHeaders,
  });
  overload.guard(app);
  health.serve(app);
  const address = await listen(app, options.host, options.port);
  return {
    url: `${address}${PATH}`,
    execute: (principal, operation, variables) => executeOn(apollo, principal, operation, variables),
    reload: async (next) => engine.replace(await open(next)),
    async close() {
      const { noticeMs, longestMs } = { ...usualShutdown, ...options.shutdown };
      health.stopping();
      await sleep(noticeMs);
      await closeLiveData();
      await drain(app, longestMs);
      await apollo.stop();
      overload.stop();
    },
  };
}

/** Outermost what judges; then what shares; then what runs. */
async function openGraph(
  { supergraphSdl, subgraphs, release = nothing }: Graph,
  { engine = 'tillgraph', logger, authorization, sharing }: GatewayOptions,
  guard: Guard,
): Promise<Generation> {
  const bare = await createEngine({ engine, supergraphSdl, subgraphs, logger, authorization });
  const shared = shareSubscriptions(bare, supergraphSdl, sharing);
  return { engine: guard.wrap(shared, supergraphSdl), supergraphSdl, release };
}

function healthOf(options: GatewayOptions, engine: LiveEngine, overload: Overload): Health {
  const { needs = {}, logger } = options;
  const sha256 = sha256Of(options.supergraphSdl);
  const supergraph = () => ({ ...(options.supergraph?.() ?? { sha256 }), generations: engine.generations });
  return new Health({ needs, supergraph, overload, logger });
}

async function executeOn<T>(
  apollo: ApolloServer<GatewayContext>,
  principal: Principal,
  query: string,
  variables: Record<string, unknown>,
): Promise<T> {
  const contextValue = { principal: serializePrincipal(principal), traceparent: newTraceparent() };
  const { body } = await apollo.executeOperation<T & Record<string, unknown>>({ query, variables }, { contextValue });
  const { data, errors } = body.kind === 'single' ? body.singleResult : { data: null, errors: undefined };
  if (errors?.[0]) throw new Error(`${String(errors[0].extensions?.code)}: ${errors[0].message}`);
  return (data instanceof JsonText ? data.toJSON() : data) as T;
}
