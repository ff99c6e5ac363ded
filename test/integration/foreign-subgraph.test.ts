// A subgraph that is not ours, over plain HTTP and graphql-ws: it gets the operation, the trace and nothing about the caller.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSchema, parse } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { createHttpSubgraph } from '../../gateway/transports/http-subgraph.ts';
import { TestClock } from '../kit/graph.ts';

const schema = buildSchema('type Query { a: Int } type Subscription { ticks: Int }');
const seen: { url: string | undefined; headers: IncomingHttpHeaders }[] = [];
const inits: unknown[] = [];
const server = createServer((request, response) => {
  seen.push({ url: request.url, headers: request.headers });
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"a":1}}');
});
const sockets = new WebSocketServer({ server, path: '/graph' });
let url: string;
beforeAll(async () => {
  useServer(
    {
      schema,
      onConnect: ({ connectionParams }) => {
        inits.push(connectionParams);
      },
      onSubscribe: (_context, _id, { query }) => ({ schema, document: parse(query), rootValue: { ticks } }),
    },
    sockets,
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graph?version=2`;
});
afterAll(async () => {
  for (const socket of sockets.clients) socket.terminate();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function* ticks(): AsyncGenerator<{ ticks: number }> {
  yield await Promise.resolve({ ticks: 1 });
}

const principal = '{"sub":"ann"}';
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

it('is asked at its whole URL, unsigned, and is told no principal', async () => {
  const client = createHttpSubgraph({ name: 'foreign', url, clock: new TestClock() });
  expect(await client.execute({ query: '{ a }', variables: {}, principal, traceparent })).toEqual({ data: { a: 1 } });
  const [{ url: asked, headers } = { url: '', headers: {} }] = seen;
  expect(asked).toBe('/graph?version=2');
  expect(headers).toMatchObject({ 'content-type': 'application/json', traceparent });
  expect(Object.keys(headers).filter((name) => name.startsWith('x-tillgraph'))).toEqual([]);
  await client.close();
});

it('streams over plain graphql-ws, with nothing about the caller in its connection', async () => {
  const client = createHttpSubgraph({ name: 'foreign', url, clock: new TestClock() });
  const stream = await client.subscribe({ query: 'subscription { ticks }', variables: {}, principal, traceparent });
  if (!(Symbol.asyncIterator in stream)) throw new Error('no stream');
  expect(await stream.next()).toEqual({ done: false, value: { data: { ticks: 1 } } });
  await stream.return?.();
  expect(inits).toEqual([undefined]);
  await client.close();
});
