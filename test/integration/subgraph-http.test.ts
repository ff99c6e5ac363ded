// A subgraph's own port answers its gateway only: what is not signed, signed long ago, or signed for something else is refused,
// over HTTP and over WebSocket.
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { PRINCIPAL_HEADER, serializePrincipal } from '#platform/auth/principal.ts';
import { SIGNATURE_HEADER, signRequest } from '#platform/auth/signature.ts';
import { SUBSCRIPTION_METHOD, type SubgraphServer, serveSubgraph } from '#platform/graphql/http-server.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import { openUpstream } from '../../gateway/subscriptions/upstream.ts';
import { inventorySubgraph } from '../../subgraphs/inventory/main.ts';
import { principalOf, startGraph, type TestGraph, testKeys } from '../kit/graph.ts';

const QUERY = '{ locations { gln } reservation(id: "r") { id } }';
const body = JSON.stringify({ query: QUERY });
const operator = serializePrincipal(principalOf('operator'));
const refused = {
  errors: [{ message: expect.stringContaining('gateway'), extensions: { code: 'REQUEST_NOT_SIGNED' } }],
};

let graph: TestGraph;
let server: SubgraphServer;
beforeAll(async () => {
  graph = await startGraph([inventorySubgraph]);
  const subgraph = graph.subgraph('inventory');
  const at = { host: '127.0.0.1', port: 0 };
  server = await serveSubgraph({ subgraph, key: testKeys.request, clock: graph.clock, logger: silentLogger, ...at });
});
afterAll(async () => {
  await server?.close();
  await graph?.close();
});

const now = () => graph.clock.now().getTime();
const sign = (changes: Partial<Parameters<typeof signRequest>[2]> = {}, at = now(), key = testKeys.request) =>
  signRequest(key, at, { method: 'POST', path: '/graphql', principal: operator, body, ...changes });

async function send(headers: Record<string, string>, sent = body): Promise<{ status: number; answer: unknown }> {
  const all = { 'content-type': 'application/json', [PRINCIPAL_HEADER]: encodeURIComponent(operator), ...headers };
  const response = await fetch(server.url, { method: 'POST', headers: all, body: sent });
  return { status: response.status, answer: await response.json() };
}

describe('a request', () => {
  it('signed by the gateway is answered under its principal', async () => {
    const { status, answer } = await send({ [SIGNATURE_HEADER]: sign() });
    expect({ status, answer }).toEqual({ status: 200, answer: { data: { locations: [], reservation: null } } });
  });

  it.each([
    ['without a signature', () => ({})],
    ['with a signature of another key', () => ({ [SIGNATURE_HEADER]: sign({}, now(), Buffer.alloc(32, 1)) })],
    ['signed more than a minute ago', () => ({ [SIGNATURE_HEADER]: sign({}, now() - 61_000) })],
    ['signed for later than in a minute', () => ({ [SIGNATURE_HEADER]: sign({}, now() + 61_000) })],
    ['signed for another body', () => ({ [SIGNATURE_HEADER]: sign({ body: '{"query":"{__typename}"}' }) })],
    ['signed for another path', () => ({ [SIGNATURE_HEADER]: sign({ path: '/admin' }) })],
    ['signed as a subscription', () => ({ [SIGNATURE_HEADER]: sign({ method: SUBSCRIPTION_METHOD }) })],
    [
      'whose principal was put there by somebody else',
      () => ({ [SIGNATURE_HEADER]: sign({ principal: '' }), [PRINCIPAL_HEADER]: encodeURIComponent(operator) }),
    ],
    ['whose principal cannot be read', () => ({ [SIGNATURE_HEADER]: sign(), [PRINCIPAL_HEADER]: '%' })],
    ['whose signature has no time', () => ({ [SIGNATURE_HEADER]: sign().slice(sign().indexOf('.')) })],
  ])('%s is refused', async (_, headers) => {
    expect(await send(headers())).toEqual({ status: 401, answer: refused });
  });

  it('that is signed and no GraphQL request is refused as such', async () => {
    for (const wrong of ['{', '[]', '{"query": 1}']) {
      const { status, answer } = await send({ [SIGNATURE_HEADER]: sign({ body: wrong }) }, wrong);
      expect(status).toBe(400);
      expect(answer).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    }
  });
});

describe('a subscription', () => {
  const STOCK = 'subscription { stockChanged { cursor } }';
  const closeOf = (params: Record<string, unknown>) =>
    new Promise<{ code: number }>((resolve, reject) => {
      const client = createClient({
        url: server.url.replace('http', 'ws'),
        webSocketImpl: WebSocket,
        retryAttempts: 0,
        connectionParams: params,
      });
      client.subscribe(
        { query: STOCK },
        { next: reject, error: (event) => resolve(event as { code: number }), complete: reject },
      );
    });
  const operation = JSON.stringify({ query: STOCK, variables: {} });
  const signature = () => sign({ method: SUBSCRIPTION_METHOD, body: operation });

  it.each([
    ['without a signature', () => ({})],
    [
      'signed for another operation',
      () => ({ principal: operator, signature: signature(), operation: '{"query":"{x}"}' }),
    ],
    ['signed for another principal', () => ({ principal: '', signature: signature(), operation })],
    [
      'signed more than a minute ago',
      () => ({
        principal: operator,
        operation,
        signature: sign({ method: SUBSCRIPTION_METHOD, body: operation }, now() - 61_000),
      }),
    ],
  ])('%s is refused', async (_, params) => {
    expect(await closeOf(params())).toMatchObject({ code: 4403 });
  });

  it('runs the operation that was signed, whatever else the socket asks for', async () => {
    const forbidden = JSON.stringify({ query: 'subscription { nothing }', variables: {} });
    const client = createClient({
      url: server.url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: {
        principal: operator,
        operation: forbidden,
        signature: sign({ method: SUBSCRIPTION_METHOD, body: forbidden }),
      },
    });
    const { value: answer } = await client.iterate({ query: STOCK }).next();
    expect(answer).toMatchObject({ errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] });
  });

  it('ends as unavailable when the subgraph goes, and cannot be had while it is away', async () => {
    const at = { host: '127.0.0.1', port: 0 };
    const subgraph = graph.subgraph('inventory');
    const other = await serveSubgraph({
      subgraph,
      key: testKeys.request,
      clock: graph.clock,
      logger: silentLogger,
      ...at,
    });
    const options = { subgraph: 'inventory', url: new URL(other.url), key: testKeys.request, clock: graph.clock };
    const open = () => openUpstream(options, { query: STOCK, principal: undefined });
    const next = open().next();
    // The first answer comes with the first change: there is none, so that only the end can come.
    setTimeout(() => void other.close(), 200);
    await expect(next).rejects.toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE', retryAfterMs: 1_000 });
    await expect(open().next()).rejects.toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE' });
    const left = open();
    await left.return?.();
    expect(await left.next()).toEqual({ done: true, value: undefined });
  });
});
