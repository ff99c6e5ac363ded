// How a gateway says that it has enough, and how it goes: a real process that is told to stop answers what it was asked, tells its
// sockets and event streams to come back, and takes nothing new.
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfig } from '#platform/config/config.ts';
import { startForeign } from '../../gateway/foreign.ts';
import { type ForeignSubgraphs, serveForeign } from '../kit/federation/foreign-subgraphs.ts';
import { library } from '../kit/federation/library.ts';
import { gatewayReady } from '../kit/foreign-gateway.ts';
import { liveSocket } from '../kit/live-socket.ts';

let folder: string;
let file: string;
let subgraphs: ForeignSubgraphs;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tillgraph-stop-'));
  file = join(folder, 'supergraph.graphql');
  subgraphs = await serveForeign(library);
  await writeFile(file, subgraphs.supergraphSdl);
});
afterAll(async () => {
  await subgraphs?.close();
  await rm(folder, { recursive: true });
});

interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** On a connection that is kept alive, so that one which is open can be used once nobody can open another. */
async function send(url: string, agent: Agent, query?: string): Promise<Reply> {
  const headers = { 'content-type': 'application/json' };
  const asked = request(url, { agent, headers, method: query === undefined ? 'GET' : 'POST' });
  asked.end(query === undefined ? undefined : JSON.stringify({ query }));
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const body = (await response.setEncoding('utf8').toArray()).join('');
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

const keepAlive = () => new Agent({ keepAlive: true, maxSockets: 1 });
const slow = (ms: number) => `{ slow(ms: ${ms}) }`;

it('refuses what is too much at once, says that it is overloaded, and recovers', async () => {
  const environment = { PORT: '0', LOG_LEVEL: 'silent', MOST_REQUESTS_IN_FLIGHT: '1', DATA_DIR: join(folder, 'data') };
  const graph = await startForeign(loadConfig(environment), file);
  const readyz = graph.url.replace('/graphql', '/readyz');
  try {
    const first = send(graph.url, new Agent(), slow(2_000));
    await expect.poll(async () => (await send(readyz, new Agent())).status, { timeout: 10_000 }).toBe(503);
    const told = await send(readyz, new Agent());
    expect(JSON.parse(told.body)).toMatchObject({
      status: 'unavailable',
      failing: ['overload'],
      overload: { inFlight: 1 },
    });
    expect(told.headers['retry-after']).toBe('1');
    const second = await send(graph.url, new Agent(), '{ best { id } }');
    expect([second.status, second.headers['retry-after']]).toEqual([503, '1']);
    expect(JSON.parse(second.body)).toMatchObject({
      errors: [{ extensions: { code: 'OVERLOADED', retryAfterMs: 1_000 } }],
    });
    expect(JSON.parse((await first).body)).toEqual({ data: { slow: 'after 2000 ms' } });
    await expect.poll(async () => (await send(readyz, new Agent())).status, { timeout: 10_000 }).toBe(200);
    expect((await send(graph.url, new Agent(), '{ best { id } }')).status).toBe(200);
  } finally {
    await graph.stop();
  }
});

it('counts a request whose client has gone no longer', async () => {
  const environment = { PORT: '0', LOG_LEVEL: 'silent', MOST_REQUESTS_IN_FLIGHT: '1', DATA_DIR: join(folder, 'data') };
  const graph = await startForeign(loadConfig(environment), file);
  const readyz = graph.url.replace('/graphql', '/readyz');
  try {
    const gone = new AbortController();
    const left = fetch(graph.url, {
      method: 'POST',
      signal: gone.signal,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: slow(6_000) }),
    }).catch((error: Error) => error.name);
    await expect.poll(async () => (await send(readyz, new Agent())).status, { timeout: 10_000 }).toBe(503);
    gone.abort();
    expect(await left).toBe('AbortError');
    // The subgraph is still at it.
    await expect.poll(async () => (await send(readyz, new Agent())).status, { timeout: 5_000 }).toBe(200);
  } finally {
    await graph.stop();
  }
});

it('told to stop: says so first, answers what it was asked, sends its clients elsewhere, and ends', async () => {
  const gateway = await gatewayReady(file, { SHUTDOWN_NOTICE_SECONDS: '2' });
  const readyz = gateway.url.replace('/graphql', '/readyz');
  const agent = keepAlive();
  expect((await send(readyz, agent)).status).toBe(200);
  const socket = liveSocket(gateway.url);
  const live = socket.subscribe('subscription { rated(count: 100000, everyMs: 50) { title } }');
  expect(await live.next()).toEqual({ data: { rated: { title: 'Emma' } } });
  const events = await fetch(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query: 'subscription { rated(count: 100000, everyMs: 50) { title } }' }),
  });
  const streamed = events.text();
  const asked = send(gateway.url, keepAlive(), slow(4_000));
  // It has arrived before the end begins.
  await expect
    .poll(async () => (JSON.parse((await send(readyz, agent)).body) as { overload: object }).overload, {
      timeout: 10_000,
    })
    .toMatchObject({ inFlight: 1 });
  const stopped = gateway.stop();
  await expect.poll(async () => (await send(readyz, agent)).status, { timeout: 10_000 }).toBe(503);
  const told = await send(readyz, agent);
  expect(JSON.parse(told.body)).toMatchObject({ status: 'unavailable', failing: ['stopping'] });
  expect(await socket.closed).toMatchObject({ code: 1012 });
  expect(await streamed).toMatch(/\nretry: \d+\n\n$/);
  expect(JSON.parse((await asked).body)).toEqual({ data: { slow: 'after 4000 ms' } });
  await stopped;
  await expect(send(readyz, new Agent())).rejects.toThrow('ECONNREFUSED');
});
