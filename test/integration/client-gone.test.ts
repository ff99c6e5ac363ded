// Clients that go before they are answered: what was asked for their queries ends with them, on every way through the gateway; mutations
// go on, the subgraph is not thought ill of, and the log stays quiet.
import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { everybodyAnonymous } from '#platform/auth/tokens.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import { type Gateway, startGateway } from '../../gateway/gateway.ts';
import type { GivenOptions } from '../../gateway/transports/subgraph-options.ts';
import { type SlowSubgraphs, slowSubgraphs } from '../kit/slow-subgraphs.ts';

const LONG = { timeout: 20_000 };
const JOINED = '{ item { id price } }';
const ANSWER = { data: { item: { id: '1', price: 3 } } };
const opened: { close(): Promise<unknown> }[] = [];
const said: unknown[] = [];
const logger = {
  ...silentLogger,
  warn: (...line: unknown[]) => said.push(line),
  error: (...line: unknown[]) => said.push(line),
} as never;
const unhandled = (error: unknown) => said.push(error);

beforeAll(() => void process.on('unhandledRejection', unhandled));
afterAll(() => void process.off('unhandledRejection', unhandled));
beforeEach(() => void (said.length = 0));
afterEach(async () => {
  for (const part of opened.splice(0).toReversed()) await part.close();
});

interface World {
  readonly gateway: Gateway;
  readonly subgraphs: SlowSubgraphs;
  readonly ask: (query: string) => Promise<{ readonly data?: unknown; readonly errors?: unknown }>;
  /** Sends it, and goes when the held subgraph has been asked. */
  readonly askAndGo: (query: string) => Promise<void>;
}

async function world(options: GivenOptions = {}, engine: 'tillgraph' | 'apollo' = 'tillgraph'): Promise<World> {
  const subgraphs = await slowSubgraphs({ timeoutMs: 15_000, ...options });
  opened.push(subgraphs);
  const { supergraphSdl, clients } = subgraphs;
  const at = { host: '127.0.0.1', port: 0, tokens: everybodyAnonymous, logger };
  const gateway = await startGateway({ engine, supergraphSdl, subgraphs: clients, ...at });
  opened.push(gateway);
  const headers = { 'content-type': 'application/json' };
  return {
    gateway,
    subgraphs,
    async ask(query) {
      const response = await fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify({ query }) });
      return (await response.json()) as { readonly data?: unknown };
    },
    async askAndGo(query) {
      const before = subgraphs.asked.shelf;
      const sent = request(gateway.url, { method: 'POST', headers }).end(JSON.stringify({ query }));
      sent.on('error', () => undefined);
      await expect.poll(() => subgraphs.asked.shelf, LONG).toBe(before + 1);
      sent.destroy();
    },
  };
}

describe.each(['tillgraph', 'apollo'] as const)('with the engine %s, a client that goes', (engine) => {
  it.each([
    ['that nobody asked before', []],
    ['that was answered before', [JOINED, JOINED]],
  ])('ends what was asked for a query %s, and nothing more is asked for it', LONG, async (_, before) => {
    const { subgraphs, ask, askAndGo } = await world({}, engine);
    for (const query of before) expect(await ask(query)).toEqual(ANSWER);
    const { sign } = subgraphs.asked;
    subgraphs.hold();
    await askAndGo(JOINED);
    await expect.poll(subgraphs.givenUp, LONG).toBe(1);
    subgraphs.letGo();
    expect(await ask('{ label }')).toEqual({ data: { label: 'Mugs' } });
    expect(subgraphs.asked.sign).toBe(sign + 1);
    expect(said).toEqual([]);
  });

  it('leaves its mutation to run to its end', LONG, async () => {
    const { subgraphs, askAndGo } = await world({}, engine);
    subgraphs.hold();
    await askAndGo('mutation { take { id price } }');
    subgraphs.letGo();
    await expect.poll(() => subgraphs.asked.sign, LONG).toBe(1);
    expect(subgraphs.givenUp()).toBe(0);
    expect(said).toEqual([]);
  });
});

it('many clients that go say nothing ill of the subgraph', LONG, async () => {
  const { subgraphs, ask, askAndGo } = await world();
  await ask(JOINED);
  subgraphs.hold();
  for (let count = 0; count < 15; count += 1) await askAndGo(JOINED);
  await expect.poll(subgraphs.givenUp, LONG).toBe(15);
  subgraphs.letGo();
  expect(await ask(JOINED)).toEqual(ANSWER);
  expect(said).toEqual([]);
});

it('a client that goes while its query waits for a connection gives its place in the line away', LONG, async () => {
  const { gateway, subgraphs, ask } = await world({ connections: 1, queue: 1 });
  subgraphs.hold();
  const first = ask(JOINED);
  await expect.poll(() => subgraphs.asked.shelf, LONG).toBe(1);
  const goes = new AbortController();
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ query: JOINED });
  const waits = fetch(gateway.url, { method: 'POST', headers, body, signal: goes.signal }).catch(() => 'gone');
  const inFlight = async () => {
    const health = (await (await fetch(new URL('/readyz', gateway.url))).json()) as { overload: { inFlight: number } };
    return health.overload.inFlight;
  };
  await expect.poll(inFlight, LONG).toBe(2);
  // The line is full: it waits in it.
  expect(await ask(JOINED)).toMatchObject({ errors: [{ extensions: { code: 'SUBGRAPH_BUSY' } }] });
  goes.abort();
  expect(await waits).toBe('gone');
  let second = first;
  const isRefused = async () => {
    const next = ask(JOINED);
    const refused = await Promise.race([next.then(() => true), ask('{ label }').then(() => false)]);
    if (!refused) second = next;
    return refused;
  };
  await expect.poll(isRefused, LONG).toBe(false);
  subgraphs.letGo();
  expect(await Promise.all([first, second])).toEqual([ANSWER, ANSWER]);
});
