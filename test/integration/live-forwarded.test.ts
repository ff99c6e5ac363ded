// Headers of clients that go on to subgraphs from sockets and event streams: those of the request or the upgrade that are allowed, nothing
// a client writes into its messages; and nobody is told what was asked with another one's headers.
import { createClient } from 'graphql-ws';
import { afterEach, beforeEach, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type EventStream, eventStream } from '../kit/event-stream.ts';
import { type RawSocket, rawSocket } from '../kit/raw-socket.ts';
import { runTicker, type Ticker } from '../kit/ticker.ts';

const TICKED = 'subscription { ticked { n } }';
const GERMAN = ['accept-language', 'de'];

let ticker: Ticker;
let open: (EventStream | RawSocket)[] = [];
beforeEach(async () => {
  ticker = await runTicker({ forwardHeaders: ['accept-language', 'x-tenant'] });
});
afterEach(async () => {
  for (const each of open.splice(0)) {
    if ('wire' in each) each.wire.destroy();
    else each.leave();
  }
  await ticker.close();
});

const events = async (headers: Record<string, string>): Promise<EventStream> => {
  const stream = await eventStream(ticker.url, { query: TICKED, headers: { 'accept-language': '*', ...headers } });
  open.push(stream);
  return stream;
};

/** A socket that has subscribed, with these headers in its upgrade and these words in its messages. */
const socket = async (headers: Record<string, string>, params: object = {}, extensions: object = {}) => {
  const raw = await rawSocket(ticker.url, { headers });
  open.push(raw);
  raw.send({ type: 'connection_init', payload: params });
  expect(await raw.next()).toMatchObject({ type: 'connection_ack' });
  raw.send({ id: '1', type: 'subscribe', payload: { query: TICKED, extensions } });
  return raw;
};
const patiently = { timeout: 10_000, interval: 5 };
const forwarded = () => ticker.asked.map((request) => request.forwarded);

it('an event stream’s subgraph sees those of its request that are allowed, and no other', async () => {
  await events({ 'accept-language': 'de', cookie: 'id=1', 'x-else': '1' });
  await expect.poll(forwarded, patiently).toEqual([GERMAN]);
});

it('a socket’s subgraph sees those of its upgrade, and nothing that its messages claim', async () => {
  await socket({ 'accept-language': 'de', cookie: 'id=1' });
  await expect.poll(forwarded, patiently).toEqual([GERMAN]);
  const claimed = { 'accept-language': 'fr', 'x-tenant': 'theirs', headers: { 'x-tenant': 'theirs' } };
  await socket({ 'accept-language': 'it' }, claimed, { ...claimed, headers: { 'x-tenant': 'theirs' } });
  await expect.poll(forwarded, patiently).toEqual([GERMAN, ['accept-language', 'it']]);
  await socket({}, claimed, claimed);
  await expect.poll(forwarded, patiently).toEqual([GERMAN, ['accept-language', 'it'], undefined]);
});

it('an operation with a token of its own keeps the headers of its socket’s upgrade', async () => {
  const authorization = `Bearer ${await ticker.token('store')}`;
  await socket({ 'accept-language': 'de' }, {}, { headers: { authorization, 'accept-language': 'fr' } });
  await expect.poll(forwarded, patiently).toEqual([GERMAN]);
});

it('clients whose forwarded headers are the same share a stream; others have their own', async () => {
  const sockets = [await socket({ 'accept-language': 'de' }), await socket({ 'accept-language': 'de', cookie: 'x=1' })];
  const stream = await events({ 'accept-language': 'de' });
  const french = await socket({ 'accept-language': 'fr' });
  const tenant = await socket({ 'accept-language': 'de', 'x-tenant': '7' });
  await expect.poll(() => ticker.upstreams, patiently).toBe(4);
  const n = ticker.tick();
  for (const one of [...sockets, french, tenant]) {
    expect(await one.next()).toMatchObject({ type: 'next', payload: { data: { ticked: { n } } } });
  }
  expect(await stream.answers(1)).toEqual([{ data: { ticked: { n } } }]);
  // An event stream asks for its cursor as well: it is another operation.
  expect(forwarded().map((headers) => JSON.stringify(headers))).toEqual(
    expect.arrayContaining(
      [GERMAN, ['accept-language', 'fr'], [...GERMAN, 'x-tenant', '7']].map((each) => JSON.stringify(each)),
    ),
  );
});

it('a usual client’s headers go on as they come', async () => {
  class German extends WebSocket {
    constructor(url: string, protocols?: string[]) {
      super(url, protocols, { headers: { 'accept-language': 'de' } });
    }
  }
  const client = createClient({ url: ticker.url.replace('http', 'ws'), webSocketImpl: German, retryAttempts: 0 });
  const stream = client.iterate({ query: TICKED });
  const first = stream.next();
  await expect.poll(forwarded, patiently).toEqual([GERMAN]);
  ticker.tick();
  expect(await first).toMatchObject({ value: { data: { ticked: { n: 1 } } } });
  await client.dispose();
});
