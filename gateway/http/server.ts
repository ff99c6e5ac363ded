// HTTP in front of the engine: Apollo Server on Fastify at /graphql, GraphiQL for browsers.
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { TokenVerifier } from '#platform/auth/tokens.ts';
import type { Logger } from '#platform/telemetry/logger.ts';
import { departureOf } from '../departure.ts';
import type { EngineRequest, QueryEngine } from '../engine/engine.ts';
import { MOST_TOKENS, withinLimits } from '../security/limits.ts';
import { TrustedDocuments } from '../security/trusted-documents.ts';
import type { GatewayContext } from '../subgraph-client.ts';
import type { SchemaSource } from '../supergraph/live-engine.ts';
import { authenticate, credentialOf } from './authenticate.ts';
import { documentStore } from './documents.ts';
import { formatGatewayError } from './errors.ts';
import { FastPath } from './fast-path.ts';
import { withForwarded } from './forwarded-headers.ts';
import { type HttpLimits, serverOptions } from './http-limits.ts';
import { overHttp } from './over-http.ts';
import { textOf } from './result-text.ts';
import { closeSilentFirst } from './silent-connections.ts';
import { putInDocument } from './trusted-request.ts';

export interface HttpOptions {
  readonly engine: QueryEngine & SchemaSource;
  readonly tokens: TokenVerifier;
  readonly logger: Logger;
  /** The page for browsers. */
  readonly graphiql: () => Promise<string>;
  /** Documents that a request may name instead of sending them. */
  readonly trusted?: TrustedDocuments | undefined;
  readonly limits?: HttpLimits | undefined;
  readonly trustedProxies?: readonly string[] | undefined;
  /** Headers of clients that subgraphs may see, in lower case. */
  readonly forwardHeaders?: readonly string[] | undefined;
  /** They see every request, which then all take Apollo Server's pipeline. */
  readonly plugins?: readonly ApolloServerPlugin<GatewayContext>[] | undefined;
}

export const PATH = '/graphql';

export interface HttpServer {
  readonly app: FastifyInstance;
  readonly apollo: ApolloServer<GatewayContext>;
}

export async function createHttpServer(options: HttpOptions): Promise<HttpServer> {
  const fastPath = new FastPath(options.engine, (options.plugins ?? []).length === 0);
  const apollo = createApollo(options, fastPath);
  await apollo.start();
  const app: FastifyInstance = fastify(serverOptions(options.limits, options.trustedProxies));
  closeSilentFirst(app);
  app.setErrorHandler((error: FastifyError, _request, reply) => refuse(error, reply, options.logger));
  app.setNotFoundHandler(({ url }, reply) => {
    const message = `There is nothing at ${url.split('?', 1)[0]}; the graph is at ${PATH}`;
    return reply.code(404).send({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] });
  });
  const contextOf = async ({ headers, ip }: FastifyRequest, { raw }: FastifyReply) => {
    const signal = departureOf(raw);
    const context = await authenticate(options.tokens, credentialOf(headers), traceparentOf(headers), ip);
    return { ...withForwarded(context, headers, options.forwardHeaders), signal };
  };
  const handler = fastifyApolloHandler(apollo, { context: contextOf });
  app.post(
    PATH,
    fastPath.handler(contextOf, (context) => fastifyApolloHandler(apollo, { context }).bind(app) as never),
  );
  app.get(PATH, (request, reply) => {
    const forPeople =
      (request.headers.accept ?? '').includes('text/html') && !(request.query as { query?: string }).query;
    if (forPeople) return options.graphiql().then((page) => reply.type('text/html; charset=utf-8').send(page));
    return handler.call(app, request as never, reply as never);
  });
  app.addHook('preHandler', putInDocument(options.trusted ?? new TrustedDocuments()));
  app.get('/', (_request, reply) => reply.redirect(PATH));
  return { app, apollo };
}

function createApollo({ engine, logger, plugins = [] }: HttpOptions, fastPath: FastPath): ApolloServer<GatewayContext> {
  return new ApolloServer<GatewayContext>({
    gateway: {
      load: () =>
        Promise.resolve({ executor: (context) => fastPath.execute(context as unknown as EngineRequest) as never }),
      onSchemaLoadOrUpdate: (callback) =>
        engine.onSchema(({ apiSchema, supergraphSdl }) => callback({ apiSchema, coreSupergraphSdl: supergraphSdl })),
      stop: () => engine.stop(),
    },
    // The database and the subgraphs end after the last request; the composition root says when.
    stopOnTerminationSignals: false,
    nodeEnv: 'production',
    introspection: true,
    csrfPrevention: true,
    persistedQueries: false,
    documentStore: documentStore(),
    allowBatchedHttpRequests: false,
    parseOptions: { maxTokens: MOST_TOKENS },
    validationRules: [withinLimits],
    stringifyResult: textOf,
    formatError: (formatted, error) => formatGatewayError(formatted, error, logger),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      overHttp,
      ...plugins,
    ],
  });
}

/** Takes no new requests and lets those being answered end; cuts off what takes longer than `longestMs`. */
export async function drain(app: FastifyInstance, longestMs: number): Promise<void> {
  // A connection that was answered after the close began would be kept alive, and the close would wait for it.
  const idle = setInterval(() => app.server.closeIdleConnections(), 50);
  const late = setTimeout(() => app.server.closeAllConnections(), longestMs);
  await app.close();
  clearInterval(idle);
  clearTimeout(late);
}

function traceparentOf(headers: FastifyRequest['headers']): string | undefined {
  return typeof headers.traceparent === 'string' ? headers.traceparent : undefined;
}

/** What Fastify refuses before GraphQL sees it, in GraphQL's form: a broken body, too large a body. */
function refuse(error: FastifyError, reply: FastifyReply, logger: Logger): FastifyReply {
  const status = error.statusCode ?? 500;
  if (status >= 500) logger.error({ error }, 'defect');
  const message = status >= 500 ? 'An internal error occurred' : error.message;
  const code = status >= 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST';
  return reply.code(status).send({ errors: [{ message, extensions: { code } }] });
}
