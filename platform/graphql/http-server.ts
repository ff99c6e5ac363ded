// A subgraph on its own: POST /graphql and graphql-ws at the same path, for the gateway only. What is not signed is refused, so
// that nobody reaches a subgraph around the gateway.
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { type ExecutionArgs, type FormattedExecutionResult, parse } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { z } from 'zod';
import { PRINCIPAL_HEADER } from '../auth/principal.ts';
import { SIGNATURE_HEADER, verifyRequest } from '../auth/signature.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import { formatSubgraphError } from './errors.ts';
import { listen } from './listen.ts';
import type { RunningSubgraph, SubgraphRequest } from './subgraph.ts';

/** Stands for the HTTP method in the signature of a subscription's connection. */
export const SUBSCRIPTION_METHOD = 'SUBSCRIBE';
const PATH = '/graphql';
const LARGEST_BODY = 16 * 1024 * 1024;

export interface SubgraphServerOptions {
  readonly subgraph: RunningSubgraph;
  readonly key: Buffer;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly host: string;
  readonly port: number;
}

export interface SubgraphServer {
  readonly url: string;
  close(): Promise<void>;
}

const operation = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
});

export async function serveSubgraph(options: SubgraphServerOptions): Promise<SubgraphServer> {
  const app: FastifyInstance = fastify({ bodyLimit: LARGEST_BODY });
  // As text: the signature is over the bytes that were sent.
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.post(PATH, (request, reply) => answer(options, request, reply));
  app.get('/livez', () => ({ status: 'ok' }));
  const sockets = acceptSubscriptions(options);
  app.server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    sockets.handleUpgrade(request, socket, head, (connection) => sockets.emit('connection', connection, request));
  });
  const address = await listen(app, options.host, options.port);
  return {
    url: `${address}${PATH}`,
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      await app.close();
    },
  };
}

async function answer(options: SubgraphServerOptions, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const header = (name: string) => String(request.headers[name] ?? '');
  const body = typeof request.body === 'string' ? request.body : '';
  const principal = decoded(header(PRINCIPAL_HEADER));
  const signed = { method: 'POST', path: PATH, principal: principal ?? '', body };
  const genuine = verifyRequest(options.key, options.clock.now().getTime(), header(SIGNATURE_HEADER), signed);
  if (principal === undefined || !genuine) return reply.code(401).send({ errors: [refusal] });
  const parsed = operation.safeParse(json(body));
  if (!parsed.success) {
    return reply
      .code(400)
      .send({ errors: [{ message: 'The body is no GraphQL request', extensions: { code: 'BAD_REQUEST' } }] });
  }
  const { query, variables, operationName } = parsed.data;
  return options.subgraph.execute({
    query,
    variables: variables ?? {},
    operationName: operationName ?? undefined,
    principal: principal === '' ? undefined : principal,
    traceparent: header('traceparent'),
  });
}

/** Undefined for a header that is no percent-encoding. */
function decoded(header: string): string | undefined {
  try {
    return decodeURIComponent(header);
  } catch {
    return undefined;
  }
}

/** Undefined for text that is no JSON. */
function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const refusal = {
  message: 'This subgraph answers its gateway only; send the request to the gateway',
  extensions: { code: 'REQUEST_NOT_SIGNED' },
};

const initPayload = z.object({
  principal: z.string(),
  signature: z.string(),
  /** The operation as JSON, exactly as it was signed: it runs, whatever the subscribe message says. */
  operation: z.string(),
  traceparent: z.string().optional(),
});

interface SignedSubscription extends ExecutionArgs {
  readonly contextValue: SubgraphRequest;
}

function acceptSubscriptions(options: SubgraphServerOptions): WebSocketServer {
  const { subgraph, key, clock, logger } = options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LARGEST_BODY });
  useServer(
    {
      onConnect({ connectionParams }) {
        const init = initPayload.safeParse(connectionParams);
        if (!init.success) return false;
        const { principal, operation: body, signature } = init.data;
        const signed = { method: SUBSCRIPTION_METHOD, path: PATH, principal, body };
        return verifyRequest(key, clock.now().getTime(), signature, signed);
      },
      onSubscribe: ({ connectionParams }) => signedSubscription(subgraph, connectionParams),
      subscribe: (args) => subgraph.subscribe((args as SignedSubscription).contextValue) as never,
      // Answers are formatted already: they go out as they are.
      onNext: (_context, _id, _payload, _args, result) => result as FormattedExecutionResult,
      onError: (_context, _id, _payload, errors) => errors.map((error) => formatSubgraphError(error, logger)),
    },
    sockets,
  );
  return sockets;
}

function signedSubscription(subgraph: RunningSubgraph, connectionParams: unknown): SignedSubscription {
  const init = initPayload.parse(connectionParams);
  const { query, variables, operationName } = operation.parse(JSON.parse(init.operation));
  return {
    schema: subgraph.executor.schema,
    document: parse(query),
    operationName: operationName ?? null,
    contextValue: {
      query,
      variables: variables ?? {},
      operationName: operationName ?? undefined,
      principal: init.principal === '' ? undefined : init.principal,
      traceparent: init.traceparent,
    },
  };
}
