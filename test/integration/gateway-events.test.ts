// Server-sent events at the graph's path: their form, who may ask, resuming by Last-Event-ID, and how a stream ends.
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { createClient } from 'graphql-sse';
import { EventSource } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { sleep } from '#platform/kernel/clock.ts';
import { type EventStream, type EventsRequest, eventStream } from '../kit/event-stream.ts';
import { runTicker, type Ticker } from '../kit/ticker.ts';

const TICKED = 'subscription { ticked { n } }';
const numbers = (answers: readonly { readonly data?: unknown }[]) =>
  answers.map(({ data }) => (data as { ticked: { n: number } }).ticked.n);

let ticker: Ticker;
const streams: EventStream[] = [];
beforeAll(async () => {
  ticker = await runTicker({
    liveData: { heartbeatMs: 100, allowedOrigins: ['https://shop.example.com'] },
  });
});
afterEach(async () => {
  for (const stream of streams.splice(0)) stream.leave();
  await ticker.idle();
});
afterAll(() => ticker?.close());

const ask = async (request: string | EventsRequest): Promise<EventStream> => {
  const stream = await eventStream(ticker.url, typeof request === 'string' ? { query: request } : request);
  streams.push(stream);
  return stream;
};
/** A stream that the subgraph feeds already. */
const follow = async (request: string | EventsRequest): Promise<EventStream> => {
  const before = ticker.upstreams;
  const stream = await ask(request);
  // Who goes on behind an event may have one to catch up beside the shared one.
  await expect.poll(() => ticker.upstreams).toBeGreaterThan(before);
  return stream;
};

describe('the form of events', () => {
  it('each event is a `next` with its cursor as id, whatever the client selected', async () => {
    const plain = await follow(TICKED);
    const own = await follow('subscription { t: ticked { cursor: n at: cursor } }');
    const counted = await follow('subscription { counted }');
    const n = ticker.tick();
    expect(await plain.next()).toEqual({ id: `c${n}`, event: 'next', data: `{"data":{"ticked":{"n":${n}}}}` });
    expect(await own.next()).toEqual({
      id: `c${n}`,
      event: 'next',
      data: `{"data":{"t":{"cursor":${n},"at":"c${n}"}}}`,
    });
    expect(await counted.next()).toEqual({ id: undefined, event: 'next', data: `{"data":{"counted":${n}}}` });
  });

  it('nothing on the way may keep or hold back what is sent', async () => {
    const { status, headers } = await follow(TICKED);
    expect(status).toBe(200);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
  });

  it('begins with when to come back, and gives signs of life', async () => {
    const stream = await follow(TICKED);
    const nothing = stream.next();
    await expect.poll(() => stream.asides).toContain(':');
    expect(stream.asides[0]).toMatch(/^retry: \d{4}$/);
    ticker.tick();
    await nothing;
  });

  it.each(['GET', 'POST'] as const)('queries are answered by %s too, and then it is complete', async (method) => {
    const stream = await ask({ method, query: '{ ticks }' });
    expect(await stream.next()).toMatchObject({
      event: 'next',
      data: expect.stringMatching(/^\{"data":\{"ticks":\d+\}\}$/),
    });
    expect(await stream.next()).toEqual({ id: undefined, event: 'complete', data: '' });
    expect(await stream.next()).toBeUndefined();
  });

  it('graphql-sse’s client understands all of it', async () => {
    const client = createClient({ url: ticker.url, retryAttempts: 0 });
    const first = async (query: string) => {
      const answers = client.iterate({ query });
      const { value } = await answers.next();
      await answers.return?.();
      return value;
    };
    expect(await first('mutation { tick }')).toEqual({ data: { tick: expect.any(Number) } });
    expect(await first('{ nothing }')).toMatchObject({
      errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
    });
    const answers = client.iterate({ query: TICKED });
    const told = answers.next();
    await expect.poll(() => ticker.upstreams, { timeout: 10_000 }).toBe(1);
    const n = ticker.tick();
    expect(await told).toEqual({ done: false, value: { data: { ticked: { n } } } });
    await answers.return?.();
    client.dispose();
  });

  it('who takes JSON as well gets events for a subscription only', async () => {
    const accept = 'application/graphql-response+json, application/json, text/event-stream, multipart/mixed';
    const query = await ask({ query: '{ ticks }', headers: { accept } });
    expect(query.headers.get('content-type')).toContain('application/graphql-response+json');
    const subscription = await follow({ query: TICKED, headers: { accept } });
    expect(subscription.headers.get('content-type')).toContain('text/event-stream');
    const preferred = await ask({
      query: '{ ticks }',
      headers: { accept: 'application/json;q=0.5, text/event-stream' },
    });
    expect(preferred.headers.get('content-type')).toContain('text/event-stream');
  });
});

describe('who may ask', () => {
  const json = { 'content-type': 'application/json' };
  it.each([
    ['a mutation by GET', { method: 'GET', query: 'mutation { tick }' }, 405],
    ['a body that is no JSON', { query: TICKED, headers: { 'content-type': 'text/plain' } }, 415],
    ['an empty query', { query: '' }, 400],
    ['a page of a foreign origin', { query: TICKED, headers: { ...json, origin: 'https://evil.example' } }, 403],
    ['an origin that is none', { query: TICKED, headers: { ...json, origin: 'null' } }, 403],
    ['a bad token', { query: TICKED, headers: { ...json, authorization: 'Bearer not.a.token' } }, 401],
  ] as const)('%s is refused', async (_what, request, status) => {
    const before = await (await ask('{ ticks }')).next();
    const refused = await ask(request);
    expect(refused.status).toBe(status);
    expect(JSON.parse(await refused.text())).toMatchObject({ errors: [{ extensions: { code: expect.any(String) } }] });
    expect(await (await ask('{ ticks }')).next()).toEqual(before);
  });

  it('a page that hides its origin is told by what its browser says', async () => {
    const search = `?${new URLSearchParams({ query: TICKED })}`;
    const headers = { accept: 'text/event-stream', 'sec-fetch-site': 'cross-site' };
    const status = await new Promise((resolve) =>
      get(ticker.url + search, { headers }, (response) => resolve(response.resume().statusCode)),
    );
    expect(status).toBe(403);
  });

  it.each(['https://shop.example.com', 'own'])('a page of %s is welcome', async (from) => {
    const origin = from === 'own' ? new URL(ticker.url).origin : from;
    expect((await ask({ query: '{ ticks }', headers: { origin } })).status).toBe(200);
  });

  it('pages of origins that are listed may read answers over HTTP too, and no others', async () => {
    const preflight = (origin: string) =>
      fetch(ticker.url, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
    const listed = await preflight('https://shop.example.com');
    expect(listed.status).toBe(204);
    expect(Object.fromEntries(listed.headers)).toMatchObject({
      'access-control-allow-origin': 'https://shop.example.com',
      'access-control-allow-headers': expect.stringContaining('last-event-id'),
      vary: 'origin',
    });
    expect((await preflight('https://evil.example')).headers.has('access-control-allow-origin')).toBe(false);
    const headers = { ...json, origin: 'https://shop.example.com' };
    const answer = await fetch(ticker.url, { method: 'POST', headers, body: '{"query":"{ ticks }"}' });
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://shop.example.com');
    const stream = await ask({ query: '{ ticks }', headers });
    expect(stream.headers.get('access-control-allow-origin')).toBe('https://shop.example.com');
  });

  it('what is wrong with an operation is told as an event', async () => {
    const stream = await ask('subscription ($yes: Boolean!) { ticked @include(if: $yes) { n } }');
    expect(JSON.parse((await stream.next())?.data ?? '')).toMatchObject({
      errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
    });
    expect(await stream.next()).toMatchObject({ event: 'complete' });
  });
});

describe('resuming', () => {
  it.each([
    ['without an `after`', { query: TICKED }],
    ['with a literal', { query: 'subscription { ticked(after: "c0") { n } }' }],
    [
      'with a variable',
      { query: 'subscription ($from: Cursor) { ticked(after: $from) { n } }', variables: { from: 'c0' } },
    ],
    ['with a variable that is not given', { query: 'subscription ($from: Cursor) { ticked(after: $from) { n } }' }],
  ] as const)('Last-Event-ID goes on behind that event in an operation %s', async (_how, request) => {
    const [first, second, third] = [ticker.tick(), ticker.tick(), ticker.tick()];
    for (const method of ['GET', 'POST'] as const) {
      const resumed = await follow({ ...request, method, headers: { 'last-event-id': `c${first}` } });
      expect(numbers(await resumed.answers(2))).toEqual([second, third]);
      resumed.leave();
      await expect.poll(() => ticker.upstreams, { timeout: 10_000 }).toBe(0);
    }
  });

  it('a browser goes on by itself over a restart of the gateway: no gap, nothing twice', async () => {
    const source = new EventSource(`${ticker.url}?${new URLSearchParams({ query: TICKED })}`);
    const told: number[] = [];
    source.addEventListener('next', (event) =>
      told.push(...numbers([JSON.parse((event as MessageEvent<string>).data)])),
    );
    await expect.poll(() => ticker.upstreams, { timeout: 10_000 }).toBe(1);
    const sent = [ticker.tick(), ticker.tick()];
    await expect.poll(() => told).toEqual(sent);
    const restarted = ticker.restart();
    sent.push(ticker.tick());
    await restarted;
    sent.push(ticker.tick());
    await expect.poll(() => told, { timeout: 10_000 }).toEqual(sent);
    sent.push(ticker.tick());
    await expect.poll(() => told).toEqual(sent);
    source.close();
  });
});

describe('the end of a stream', () => {
  it('a client that leaves ends the subgraph’s stream at once, without another event', async () => {
    const stream = await follow(TICKED);
    stream.leave();
    await expect.poll(() => ticker.upstreams, { timeout: 5_000 }).toBe(0);
  });

  it('a gateway that goes away says when to come back and does not say that it is complete', async () => {
    const stream = await follow(TICKED);
    const restarted = ticker.restart();
    expect(await stream.next()).toBeUndefined();
    expect(stream.asides.at(-1)).toMatch(/^retry: [1-5]\d{3}$/);
    await restarted;
  });

  it('a token that expires ends it with an error', async () => {
    const token = await ticker.token('store', { seconds: 2 });
    const stream = await follow({ query: TICKED, headers: { authorization: `Bearer ${token}` } });
    expect(await stream.answers(1)).toMatchObject([{ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] }]);
    expect(await stream.next()).toMatchObject({ event: 'complete' });
  });

  it('a reader that is too slow gets what it had in order, then why, and may go on', async () => {
    const usual = ticker;
    // Few unread events are too many here, and signs of life that go unread are not what ends it.
    ticker = await runTicker({ sharing: { capacity: 100 }, liveData: { heartbeatMs: 30_000 } });
    onTestFinished(async () => {
      await ticker.close();
      ticker = usual;
    });
    const search = `?${new URLSearchParams({ query: 'subscription { ticked { n text } }' })}`;
    const request = get(ticker.url + search, { headers: { accept: 'text/event-stream' } });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    await expect.poll(() => ticker.upstreams).toBe(1);
    const text = 'wide'.repeat(2_500);
    const first = ticker.tick(text);
    // Nobody reads the response. When its reader is given up, nobody reads the subgraph's stream either.
    for (let n = 0; n < 5_000 && ticker.upstreams > 0; n += 1) {
      ticker.tick(text);
      await sleep(0);
    }
    expect(ticker.upstreams).toBe(0);
    const blocks = (await response.setEncoding('utf8').toArray()).join('').split('\n\n');
    const data = blocks.flatMap((block) => /^data: ?(.+)$/m.exec(block)?.[1] ?? []);
    const answers = data.map((json) => JSON.parse(json) as { data?: unknown; errors?: object[] });
    const told = numbers(answers.filter(({ errors }) => !errors));
    expect(answers.flatMap(({ errors }) => errors ?? [])).toMatchObject([
      { extensions: { code: 'SUBSCRIBER_TOO_SLOW' } },
    ]);
    expect(told.length).toBeGreaterThan(100);
    expect(told).toEqual(told.map((_, index) => first + index));
    expect(blocks.at(-2)).toMatch(/^retry: /);
  });
});
