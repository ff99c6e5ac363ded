// Requests that nobody would send on purpose: whatever comes is answered, never as a failure of ours, and leaves nothing behind.
// FUZZ_RUNS makes it longer; a failure prints its seed, FUZZ_SEED and FUZZ_PATH replay it.
import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import WebSocket from 'ws';
import { Guard } from '../../gateway/security/guarded-engine.ts';
import { limitsOf } from '../../gateway/security/limit-settings.ts';
import { TrustedDocuments } from '../../gateway/security/trusted-documents.ts';
import { runTicker, type Ticker } from '../kit/ticker.ts';

const { FUZZ_RUNS, FUZZ_SEED, FUZZ_PATH } = process.env;
const RUNS = Number(FUZZ_RUNS ?? 200);
const options = {
  numRuns: RUNS,
  ...(FUZZ_SEED ? { seed: Number(FUZZ_SEED) } : {}),
  ...(FUZZ_PATH ? { path: FUZZ_PATH } : {}),
};
const MOST_GROWTH = 32 * 1024 * 1024;
const PATIENCE_MS = 20_000;
const PER_RUN_MS = 200;

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

let ticker: Ticker;
let agent: Agent;
beforeAll(async () => {
  const limits = limitsOf({ leafCost: 0.1, clients: { '*': { cost: 1_000 } } });
  const trusted = new TrustedDocuments(new Map([['one', '{ ticks }']]));
  ticker = await runTicker({ guard: new Guard({ limits, introspection: 'role', trusted, redis: undefined }) });
  agent = new Agent({ keepAlive: true, maxSockets: 4 });
});
afterAll(async () => {
  agent?.destroy();
  await ticker?.close();
});

const nested = (open: string, close: string, inner: string) =>
  fc.integer({ min: 1, max: 30_000 }).map((depth) => open.repeat(depth) + inner + close.repeat(depth));

const words = [
  'query',
  'mutation',
  'subscription',
  'fragment',
  'on',
  'A',
  'B',
  'Query',
  '$a',
  '$b',
  ':',
  'Int',
  'Int!',
  '[Int!]',
  '=',
  '1',
  '-1e999',
  '"x"',
  '"""',
  '@skip(if: $a)',
  '@include(if: true)',
  '{',
  '}',
  '{',
  '}',
  '(',
  ')',
  '...',
  '...A',
  '... on Query',
  'ticks',
  'tick',
  'ticked',
  'counted',
  '__typename',
  '__schema',
  '__type(name: "Query")',
  'text:',
  'null',
  'true',
  '#',
  '\u0000',
  '\uFEFF',
  '&',
  '|',
  '!',
];
const valid = [
  '{ ticks }',
  'query A { ticks }',
  'query ($a: Boolean = true) { ticks @include(if: $a) }',
  '{ ...F } fragment F on Query { ticks }',
  '{ __schema { types { name } } }',
  'subscription { counted }',
  'query A { ticks } query B { ticks }',
];

/** A text that is almost one. */
const damaged = fc
  .tuple(fc.constantFrom(...valid), fc.nat(), fc.nat(), fc.string({ unit: 'binary', maxLength: 6 }))
  .map(([text, at, length, put]) => {
    const start = at % (text.length + 1);
    return text.slice(0, start) + put + text.slice(start + (length % 5));
  });
const document = fc.oneof(
  fc.constantFrom(...valid),
  damaged,
  fc.array(fc.constantFrom(...words), { maxLength: 40 }).map((parts) => parts.join(' ')),
  fc.string({ unit: 'binary' }),
  nested('{ a ', '}', 'b'),
  nested('{ ticks(a: [', ']) }', ''),
  fc
    .integer({ min: 1, max: 3_000 })
    .map((count) => `{ ${Array.from({ length: count }, (_, at) => `a${at}: ticks`).join(' ')} }`),
);
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 5 }),
  fc.constantFrom(null, 0, -0, 1e308, 2 ** 53, '', [], {}, { __proto__: null }, 'x'.repeat(10_000)),
);
const operation = fc.record(
  {
    query: fc.oneof(document, document, document, value),
    variables: fc.oneof(fc.record({ a: value, b: value }, { requiredKeys: [] }), value),
    operationName: fc.oneof(fc.constantFrom('A', 'B', ''), value),
    extensions: fc.oneof(fc.constant({ persistedQuery: { version: 1, sha256Hash: 'x' } }), value),
    documentId: fc.oneof(fc.constantFrom('one', 'two', '__proto__'), value),
  },
  { requiredKeys: [] },
);
const bytes = (text: fc.Arbitrary<string>) => text.map((string) => Buffer.from(string));
const body = fc.oneof(
  bytes(operation.map((given) => JSON.stringify(given))),
  bytes(operation.map((given) => JSON.stringify(given))),
  bytes(fc.tuple(operation, fc.nat()).map(([given, at]) => JSON.stringify(given).slice(0, at % 200))),
  bytes(fc.array(operation, { maxLength: 3 }).map((given) => JSON.stringify(given))),
  bytes(nested('[', ']', '1')),
  bytes(nested('{"a":', '}', '1').map((deep) => `{"query":"query ($a: Int) { ticks }","variables":{"a":${deep}}}`)),
  bytes(
    fc.constantFrom(
      '',
      'null',
      '1',
      '"x"',
      '{"query":1e999}',
      '{"__proto__":{"query":"{ ticks }"}}',
      '{"query":"{ ticks }","query":"{"}',
      '\uFEFF{}',
    ),
  ),
  fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
  fc
    .uint8Array({ maxLength: 20 })
    .map((array) => Buffer.concat([Buffer.from('{"query":"'), Buffer.from(array), Buffer.from('"}')])),
);
const headerText = fc.string({ unit: fc.constantFrom(...'abc/+*;=, q0.1-"\u00e9'.split('')), maxLength: 30 });
const JSON_TYPE = 'application/json';
const headers = fc.record(
  {
    'content-type': fc.oneof(
      fc.constant(JSON_TYPE),
      fc.constant(JSON_TYPE),
      fc.constantFrom(
        'application/json; charset=utf-16',
        'application/graphql',
        'text/plain',
        'multipart/form-data',
        'application/x-www-form-urlencoded',
        '',
      ),
      headerText,
    ),
    accept: fc.oneof(
      fc.constantFrom(
        '*/*',
        JSON_TYPE,
        'application/graphql-response+json',
        'multipart/mixed; deferSpec=20220824',

        'image/png',
        '',
      ),
      headerText,
    ),
    authorization: fc.oneof(fc.constantFrom('Bearer', 'Bearer a.b.c', 'Basic x'), headerText),
    'content-encoding': fc.constantFrom('gzip', 'br', 'identity', 'x'),
    'apollo-require-preflight': fc.constant('1'),
    traceparent: headerText,
    origin: headerText,
  },
  { requiredKeys: [] },
);
const search = fc.oneof(
  fc.constant(''),
  operation.map((given) =>
    `?${new URLSearchParams(Object.entries(given).map(([name, inner]) => [name, typeof inner === 'string' ? inner : JSON.stringify(inner)]))}`.slice(
      0,
      8_000,
    ),
  ),
  fc.string({ unit: fc.constantFrom(...'abc=&%?+[]/#;0F'.split('')), maxLength: 60 }).map((text) => `?${text}`),
);
const method = fc.oneof(
  fc.constant('POST'),
  fc.constant('POST'),
  fc.constantFrom('GET', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'),
);

interface Sent {
  readonly method: string;
  readonly search: string;
  readonly headers: Record<string, string | undefined>;
  readonly body: Buffer;
}

async function send({ method: verb, search: query, headers: given, body: sent }: Sent) {
  const named = Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const all = { ...Object.fromEntries(named), 'content-length': String(sent.length) };
  const request = httpRequest(`${ticker.url}${query.replaceAll(/[\s#]/g, '_')}`, {
    method: verb,
    headers: all,
    agent,
    timeout: PATIENCE_MS,
  });
  request.once('timeout', () => request.destroy(new Error('no answer came')));
  request.end(sent);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() };
}

async function isWell(): Promise<void> {
  const { text } = await send({
    method: 'POST',
    search: '',
    headers: { 'content-type': JSON_TYPE },
    body: Buffer.from('{"query":"{ __typename }"}'),
  });
  expect(JSON.parse(text)).toEqual({ data: { __typename: 'Query' } });
}

/** Runs it once to warm up and once to see what stays. */
async function withoutGrowth(run: () => Promise<void>): Promise<void> {
  await run();
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  await run();
  collectGarbage();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(MOST_GROWTH);
  await isWell();
}

const INTERNAL = /INTERNAL_SERVER_ERROR|node_modules|\.ts:\d|call stack|TypeError|RangeError/;

it(
  'whatever is sent over HTTP is answered, and never as our failure',
  () =>
    withoutGrowth(() =>
      fc.assert(
        fc.asyncProperty(fc.record({ method, search, headers, body }), async (sent) => {
          const { status, text } = await send(sent);
          expect(status).toBeGreaterThanOrEqual(200);
          expect(status < 500 || text).toBe(true);
          expect(text.length).toBeLessThan(2_000_000);
          expect(text).not.toMatch(INTERNAL);
        }),
        options,
      ),
    ),
  PATIENCE_MS + RUNS * PER_RUN_MS,
);

it(
  'whatever is asked in good form is answered in good form',
  () =>
    withoutGrowth(() =>
      fc.assert(
        fc.asyncProperty(
          document,
          fc.oneof(fc.constant(undefined), fc.record({ a: value })),
          async (query, variables) => {
            const sent = Buffer.from(JSON.stringify({ query, variables }));
            const { status, text } = await send({
              method: 'POST',
              search: '',
              headers: { 'content-type': JSON_TYPE },
              body: sent,
            });
            expect([200, 400, 403]).toContain(status);
            const { data, errors } = JSON.parse(text) as {
              data?: unknown;
              errors?: { extensions: { code: string } }[];
            };
            expect(data !== undefined || (errors ?? []).length > 0).toBe(true);
            expect(text).not.toMatch(INTERNAL);
          },
        ),
        options,
      ),
    ),
  PATIENCE_MS + RUNS * PER_RUN_MS,
);

const frame = fc.oneof(
  operation.map((payload) => JSON.stringify({ type: 'subscribe', id: '1', payload })),
  fc
    .tuple(fc.constantFrom('connection_init', 'subscribe', 'complete', 'ping', 'pong', 'next', 'x'), value, value)
    .map(([type, id, payload]) => JSON.stringify({ type, id, payload })),
  value.map((inner) => JSON.stringify(inner)),
  fc.string({ unit: 'binary' }),
  nested('[', ']', ''),
);

it(
  'whatever is sent over a socket is answered or closes it, and nothing else',
  () =>
    withoutGrowth(() =>
      fc.assert(
        fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 6 }), fc.boolean(), async (frames, binary) => {
          const socket = new WebSocket(ticker.url.replace('http', 'ws'), 'graphql-transport-ws');
          socket.on('error', () => undefined);
          const texts: string[] = [];
          socket.on('message', (data) => texts.push((data as Buffer).toString()));
          await once(socket, 'open');
          const closed = new Promise<number>((resolve) => socket.once('close', resolve));
          const done = new Promise<void>((resolve) =>
            socket.on('message', (data) => (data as Buffer).toString().includes('"pong"') && resolve()),
          );
          socket.send(JSON.stringify({ type: 'connection_init' }));
          for (const text of frames) socket.send(binary ? Buffer.from(text) : text);
          socket.send(JSON.stringify({ type: 'ping' }));
          const code = await Promise.race([closed, done]);
          socket.terminate();
          await closed;
          expect(code).not.toBe(4500);
          expect(code).not.toBe(1011);
          expect(texts.join()).not.toMatch(INTERNAL);
        }),
        { ...options, numRuns: Math.ceil(RUNS / 2) },
      ),
    ),
  PATIENCE_MS + RUNS * PER_RUN_MS,
);
