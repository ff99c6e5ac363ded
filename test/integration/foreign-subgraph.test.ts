// A subgraph that is not ours, over plain HTTP and graphql-ws: it gets the operation, the trace and nothing about the caller.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { composeServices } from '@apollo/composition';
import { buildSchema, parse } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { everybodyAnonymous } from '#platform/auth/tokens.ts';
import { loadConfig } from '#platform/config/config.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import { startGateway } from '../../gateway/gateway.ts';
import { createHttpSubgraph } from '../../gateway/transports/http-subgraph.ts';
import { TestClock } from '../kit/graph.ts';

const schema = buildSchema('type Query { a: Int } type Subscription { ticks: Int }');
const seen: { url: string | undefined; headers: IncomingHttpHeaders }[] = [];
const inits: unknown[] = [];
const upgrades: IncomingHttpHeaders[] = [];
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
      onConnect: ({ connectionParams, extra }) => {
        inits.push(connectionParams);
        upgrades.push(extra.request.headers);
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
  const usual = ['host', 'connection', 'upgrade', 'sec-websocket-version', 'sec-websocket-key'];
  const more = ['sec-websocket-extensions', 'sec-websocket-protocol'];
  expect(new Set(Object.keys(upgrades[0] ?? {}))).toEqual(new Set([...usual, ...more]));
  await client.close();
});

it('sees what is forwarded in the upgrade of a stream', async () => {
  const client = createHttpSubgraph({ name: 'foreign', url, clock: new TestClock() });
  const forwarded = ['accept-language', 'de', 'x-correlation-id', '7'];
  const query = 'subscription { ticks }';
  const stream = await client.subscribe({ query, variables: {}, principal, traceparent, forwarded });
  if (!(Symbol.asyncIterator in stream)) throw new Error('no stream');
  expect(await stream.next()).toEqual({ done: false, value: { data: { ticks: 1 } } });
  await stream.return?.();
  expect(upgrades.at(-1)).toMatchObject({ 'accept-language': 'de', 'x-correlation-id': '7' });
  await client.close();
});

it('sees those headers of a client that are allowed to go on, and none that says who somebody is', async () => {
  const client = createHttpSubgraph({ name: 'foreign', url, clock: new TestClock() });
  const { supergraphSdl } = composeServices([{ name: 'foreign', typeDefs: parse('type Query { a: Int }'), url }]);
  const gateway = await startGateway({
    supergraphSdl: String(supergraphSdl),
    subgraphs: [client],
    tokens: everybodyAnonymous,
    logger: silentLogger,
    host: '127.0.0.1',
    port: 0,
    forwardHeaders: loadConfig({ FORWARD_HEADERS: 'Accept-Language, x-correlation-id' }).FORWARD_HEADERS,
  });
  const headers = {
    'content-type': 'application/json',
    'accept-language': 'de',
    authorization: 'Bearer mine',
    cookie: 'id=1',
    'x-tillgraph-principal': encodeURIComponent(principal),
    'x-tillgraph-signature': '1.x',
  };
  // The second one takes the way of known operations.
  for (const body of ['{"query":"{ a }"}', '{"query":"{ a }"}']) {
    seen.length = 0;
    expect((await fetch(gateway.url, { method: 'POST', headers, body })).status).toBe(200);
    const names = Object.keys(seen[0]?.headers ?? {});
    const usual = ['accept', 'connection', 'content-length', 'content-type', 'host', 'traceparent'];
    expect(new Set(names)).toEqual(new Set([...usual, 'accept-language']));
    expect(seen[0]?.headers['accept-language']).toBe('de');
  }
  await gateway.close();
  await client.close();
});

it.each([
  'x-tillgraph-principal',
  'sec-websocket-protocol',
  'host',
  'content-length',
  'accept-encoding',
  'a b',
  'transfer-encoding',
])('cannot be sent a client’s %s', (name) => {
  expect(() => loadConfig({ FORWARD_HEADERS: `accept-language,${name}` })).toThrow(
    /FORWARD_HEADERS=.*none that the gateway/,
  );
});
