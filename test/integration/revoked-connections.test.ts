// What is open when a token or a client is revoked: it ends at once, and what belongs to others goes on.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Revocations } from '../../gateway/security/revocations.ts';
import { type EventStream, eventStream } from '../kit/event-stream.ts';
import { type LiveSocket, type LiveStream, liveSocket } from '../kit/live-socket.ts';
import { runTicker, type Ticker } from '../kit/ticker.ts';

const TICKED = 'subscription { ticked { n } }';
const HOUR_MS = 3_600_000;

let ticker: Ticker;
let revocations: Revocations;
let sockets: LiveSocket[] = [];
let streams: EventStream[] = [];
beforeEach(async () => {
  revocations = new Revocations(Date.now);
  ticker = await runTicker({ revocations });
});
afterEach(async () => {
  for (const socket of sockets) socket.close();
  for (const stream of streams) stream.leave();
  sockets = [];
  streams = [];
  await ticker.idle();
  await ticker.close();
});

const tokenOf = (jti: string, clientId: string) => ticker.token('store', { claims: { jti, clientId } });
/** Each with a name of its own: those that are the same would share a stream of the subgraph. */
let named = 0;
const ticked = () => `subscription { ticked { n _${(named += 1)}: n } }`;
/** A socket and an event stream that the subgraph feeds already. */
const connect = async (token: string): Promise<{ socket: LiveSocket; live: LiveStream; events: EventStream }> => {
  const before = ticker.upstreams;
  const socket = liveSocket(ticker.url, token);
  sockets.push(socket);
  const live = socket.subscribe(ticked());
  await expect.poll(() => ticker.upstreams, { timeout: 10_000 }).toBe(before + 1);
  const events = await eventStream(ticker.url, { query: ticked(), headers: { authorization: `Bearer ${token}` } });
  streams.push(events);
  await expect.poll(() => ticker.upstreams, { timeout: 10_000 }).toBe(before + 2);
  return { socket, live, events };
};
const REVOKED = { errors: [{ message: 'The token was revoked', extensions: { code: 'UNAUTHENTICATED' } }] };

it.each([
  ['a token', { jti: 'a' }],
  ['a client', { clientId: 'till-1' }],
])('%s that is revoked takes its sockets and event streams with it, and no others', async (_what, revoked) => {
  const gone = await connect(await tokenOf('a', 'till-1'));
  const other = await connect(await tokenOf('b', 'till-2'));
  const ended = gone.live.next().catch((error: unknown) => error);
  await revocations.revoke({ ...revoked, untilMs: Date.now() + HOUR_MS });
  expect(await gone.socket.closed).toMatchObject({ code: 4403, reason: 'The token was revoked' });
  expect(await ended).toMatchObject({ code: 4403 });
  expect(await gone.events.answers(1)).toEqual([REVOKED]);
  expect(await gone.events.next()).toMatchObject({ event: 'complete' });
  expect(await gone.events.next()).toBeUndefined();
  await expect.poll(() => ticker.upstreams, { timeout: 10_000 }).toBe(2);
  const n = ticker.tick();
  expect(await other.live.take(1)).toMatchObject([{ n }]);
  expect(await other.events.answers(1)).toMatchObject([{ data: { ticked: { n } } }]);
});

it('a socket ends with a token that one operation on it came with', async () => {
  const socket = liveSocket(ticker.url);
  sockets.push(socket);
  const token = await tokenOf('a', 'till-1');
  const live = socket.subscribe(TICKED, {}, { headers: { authorization: `Bearer ${token}` } });
  await expect.poll(() => ticker.upstreams, { timeout: 10_000 }).toBe(1);
  const ended = live.next().catch((error: unknown) => error);
  await revocations.revoke({ jti: 'a', untilMs: Date.now() + HOUR_MS });
  expect(await socket.closed).toMatchObject({ code: 4403 });
  await ended;
});

it('who was revoked does not come in again', async () => {
  await revocations.revoke({ jti: 'a', untilMs: Date.now() + HOUR_MS });
  const token = await tokenOf('a', 'till-1');
  const socket = liveSocket(ticker.url, token);
  sockets.push(socket);
  await expect(socket.subscribe(TICKED).next()).rejects.toMatchObject({ code: 4403 });
  const events = await eventStream(ticker.url, { query: TICKED, headers: { authorization: `Bearer ${token}` } });
  expect(events.status).toBe(401);
});
