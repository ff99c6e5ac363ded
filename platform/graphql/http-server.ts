// A subgraph on its own: POST /graphql and graphql-ws at the same path, for the gateway only. What is not signed is refused, so
// that nobody reaches a subgraph around the gateway.
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { parse } from 'graphql';
import { makeServer } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { z } from 'zod';
import { PRINCIPAL_HEADER } from '../auth/principal.ts';
import { SIGNATURE_HEADER, verifyRequest } from '../auth/signature.ts';
import type { Clock } from '../kernel/clock.ts';
import type { RunningSubgraph } from './subgraph.ts';

/** Stands for the HTTP method in the signature of a subscription's connection. */
export const SUBSCRIPTION_METHOD = 'SUBSCRIBE';
const PATH = '/graphql';
const LARGEST_BODY = 16 * 1024 * 1024;

export interface SubgraphServerOptions {
  readonly subgraph: RunningSubgraph;
  readonly key: Buffer;
  readonly clock: Clock;
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
    sockets.handleUpgrade(request, socket, head, (connection) => sockets.emit('connection', connection, request));
  });
  const address = await app.listen({ host: options.host, port: options.port });
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
  const principal = decodeURIComponent(header(PRINCIPAL_HEADER));
  const body = String(request.body ?? '');
  const signed = { method: 'POST', path: PATH, principal, body };
  if (!verifyRequest(options.key, options.clock.now().getTime(), header(SIGNATURE_HEADER), signed)) {
    return reply.code(401).send({ errors: [refusal] });
  }
  const parsed = operation.safeParse(JSON.parse(body));
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

const refusal = {
  message: 'This subgraph answers its gateway only; send the request to the gateway',
  extensions: { code: 'REQUEST_NOT_SIGNED' },
};

const initPayload = z.object({
  principal: z.string(),
  signature: z.string(),
  query: z.string(),
  traceparent: z.string().optional(),
});

function acceptSubscriptions(options: SubgraphServerOptions): WebSocketServer {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LARGEST_BODY });
  useServer(
    {
      onConnect({ connectionParams }) {
        const init = initPayload.safeParse(connectionParams);
        if (!init.success) return false;
        const { principal, query, signature } = init.data;
        const signed = { method: SUBSCRIPTION_METHOD, path: PATH, principal, body: query };
        return verifyRequest(options.key, options.clock.now().getTime(), signature, signed);
      },
      onSubscribe: ({ connectionParams }, _id, { query, variables, operationName }) => {
        // The signature is over one operation; the connection carries that one only.
        const init = initPayload.parse(connectionParams);
        if (query !== init.query) throw new Error('the operation is not the one signed');
        return {
          schema: options.subgraph.executor.schema,
          document: parse(query),
          variableValues: variables ?? null,
          operationName: operationName ?? null,
          contextValue: { init, query, variables, operationName },
        };
      },
      subscribe: (args: {
        contextValue: {
          init: z.output<typeof initPayload>;
          query: string;
          variables?: Record<string, unknown>;
          operationName?: string;
        };
      }) => {
        const { init, query, variables, operationName } = args.contextValue;
        const principal = init.principal === '' ? undefined : init.principal;
        return options.subgraph.subscribe({
          query,
          variables,
          operationName,
          principal,
          traceparent: init.traceparent,
        });
      },
    } as Parameters<typeof makeServer>[0],
    sockets,
  );
  return sockets;
}
