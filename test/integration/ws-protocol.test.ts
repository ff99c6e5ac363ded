// The graphql-ws protocol as the gateway speaks it: every message, and every code that closes a socket.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { frame, type RawOptions, type RawSocket, rawSocket } from '../kit/raw-socket.ts';
import { runTicker, type Ticker } from '../kit/ticker.ts';

const TICKED = 'subscription { ticked { n } }';
const INIT = { type: 'connection_init' };
/** Another one for each id: those that are the same would share a stream of the subgraph. */
const subscribe = (id: string, query = `subscription { ticked { n _${id}: n } }`, more: object = {}) => ({
  id,
  type: 'subscribe',
  payload: { query, ...more },
});

let ticker: Ticker;
const sockets: RawSocket[] = [];
beforeAll(async () => {
  ticker = await runTicker({ liveData: { initMs: 400, initBytes: 10_000, messageBytes: 50_000 } });
});
afterEach(async () => {
  for (const { wire } of sockets.splice(0)) wire.destroy();
  await ticker.idle();
});
afterAll(() => ticker?.close());

const open = async (options?: RawOptions): Promise<RawSocket> => {
  const socket = await rawSocket(ticker.url, options);
  sockets.push(socket);
  return socket;
};
const acknowledged = async (payload?: object): Promise<RawSocket> => {
  const socket = await open();
  socket.send(payload ? { ...INIT, payload } : INIT);
  expect(await socket.next()).toEqual({ type: 'connection_ack' });
  return socket;
};
/** A subscription that the subgraph feeds already. */
const follow = async (socket: RawSocket, id: string): Promise<void> => {
  const before = ticker.upstreams;
  socket.send(subscribe(id));
  await expect.poll(() => ticker.upstreams, { timeout: 10_000 }).toBe(before + 1);
};

describe('codes that close a socket', () => {
  it.each([
    ['text that is no JSON', frame('{')],
    ['JSON that is no object', frame('7')],
    ['bytes that are no text of the protocol', frame(Buffer.from([1, 2, 3]), { opcode: 2 })],
    ['a type that is not known', { type: 'start', id: '1' }],
    ['no type', { id: '1' }],
    ['a message only servers send', { type: 'next', id: '1' }],
    ['an operation without an id', { type: 'subscribe', payload: { query: TICKED } }],
    ['an operation with an empty id', subscribe('')],
    ['an operation without a payload', { type: 'subscribe', id: '1' }],
    ['a query that is no text', { type: 'subscribe', id: '1', payload: { query: {} } }],
    ['variables that are no object', subscribe('1', TICKED, { variables: 'x' })],
    ['an end without an id', { type: 'complete' }],
    ['a payload of a ping that is no object', { type: 'ping', payload: 1 }],
  ])('4400: %s', async (_what, message) => {
    const socket = await acknowledged();
    socket.send(message);
    expect(await socket.closed()).toBe(4400);
  });

  it('4400: a connection_init that is larger than it may be, or no object', async () => {
    const large = await open();
    large.send({ ...INIT, payload: { authorization: 'x'.repeat(20_000) } });
    expect(await large.closed()).toBe(4400);
    const odd = await open();
    odd.send({ ...INIT, payload: 'Bearer' });
    expect(await odd.closed()).toBe(4400);
  });

  it('4401: an operation before the connection is acknowledged, with or without an init', async () => {
    const early = await open();
    early.send(subscribe('1'));
    expect(await early.closed()).toBe(4401);
    const hasty = await open();
    const token = await ticker.token('store', { claims: { sub: 'somebody new' } });
    const init = { ...INIT, payload: { authorization: `Bearer ${token}` } };
    hasty.send(Buffer.concat([init, subscribe('1')].map((message) => frame(JSON.stringify(message)))));
    expect(await hasty.closed()).toBe(4401);
  });

  it.each(['Bearer not.a.token', 'Basic dTpw', 'x'])('4403: the token "%s"', async (authorization) => {
    const socket = await open();
    socket.send({ ...INIT, payload: { authorization } });
    expect(await socket.closed()).toBe(4403);
    const upgraded = await open({ headers: { authorization } });
    upgraded.send(INIT);
    expect(await upgraded.closed()).toBe(4403);
  });

  it('4403: a token that ends, the socket’s or that of one operation', async () => {
    const soon = async () => `Bearer ${await ticker.token('store', { seconds: 2 })}`;
    const socket = await acknowledged({ authorization: await soon() });
    await follow(socket, '1');
    const other = await acknowledged();
    other.send(subscribe('1', TICKED, { extensions: { headers: { Authorization: await soon() } } }));
    expect(await socket.closed()).toBe(4403);
    expect(await other.closed()).toBe(4403);
  });

  it.each([null, 'graphql-ws', 'graphql-transport-ws2'])('4406: the subprotocol %s', async (protocol) => {
    const socket = await open({ protocol });
    expect(socket.status).toBe(101);
    expect(socket.headers).not.toContain('sec-websocket-protocol');
    socket.send(INIT);
    expect(await socket.closed()).toBe(4406);
  });

  it('4408: no connection_init in time', async () => {
    expect(await (await open()).closed()).toBe(4408);
  });

  it('4409: the id of an operation that still runs', async () => {
    const socket = await acknowledged();
    await follow(socket, '1');
    socket.send(subscribe('1'));
    expect(await socket.closed()).toBe(4409);
  });

  it('4409: the id of one that was left while it began', async () => {
    const socket = await acknowledged();
    socket.send(subscribe('1'), { type: 'complete', id: '1' }, subscribe('1'));
    expect(await socket.closed()).toBe(4409);
  });

  it('4429: a second connection_init, also while the first is being looked at', async () => {
    const socket = await acknowledged();
    socket.send(INIT);
    expect(await socket.closed()).toBe(4429);
    const hasty = await open();
    hasty.send(INIT, INIT);
    await hasty.next().catch(() => undefined);
    expect(await hasty.closed()).toBe(4429);
  });

  it('1009: a message that is larger than it may be', async () => {
    const socket = await acknowledged();
    socket.send(subscribe('1', `# ${'x'.repeat(60_000)}\n{ ticks }`));
    expect(await socket.closed()).toBe(1009);
  });

  it('1012: the server restarts', async () => {
    const socket = await acknowledged();
    const restarted = ticker.restart();
    expect(await socket.closed()).toBe(1012);
    await restarted;
  });
});

describe('messages', () => {
  it('a ping is answered with its payload, before the init as well; a pong is not', async () => {
    const socket = await open();
    socket.send({ type: 'ping' }, { type: 'pong' }, { type: 'ping', payload: { at: 1 } });
    expect(await socket.next()).toEqual({ type: 'pong' });
    expect(await socket.next()).toEqual({ type: 'pong', payload: { at: 1 } });
  });

  it('a query is a next and a complete; what is wrong with an operation is an error and no complete', async () => {
    const socket = await acknowledged();
    socket.send(subscribe('q', 'query A { ticks } query B { t: ticks }', { operationName: 'B' }));
    expect(await socket.next()).toEqual({ id: 'q', type: 'next', payload: { data: { t: expect.any(Number) } } });
    expect(await socket.next()).toEqual({ id: 'q', type: 'complete' });
    socket.send(subscribe('w', '{ nothing }'), subscribe('v', 'mutation { tick }'));
    expect(await socket.next()).toMatchObject({
      id: 'w',
      type: 'error',
      payload: [{ message: expect.any(String), extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
    });
    expect(await socket.next()).toMatchObject({ id: 'v', type: 'next' });
  });

  it('a subscription tells each event under its id until it is left; then the id is free', async () => {
    const socket = await acknowledged();
    await follow(socket, 'a');
    await follow(socket, 'b');
    const n = ticker.tick();
    const told = [await socket.next(), await socket.next()];
    expect(new Set(told.map(({ id }) => id))).toEqual(new Set(['a', 'b']));
    expect(told[0]).toMatchObject({ type: 'next', payload: { data: { ticked: { n } } } });
    socket.send({ type: 'complete', id: 'a' }, { type: 'complete', id: 'never begun' });
    await expect.poll(() => ticker.upstreams, { timeout: 5_000 }).toBe(1);
    await follow(socket, 'a');
    ticker.tick();
    expect(new Set([(await socket.next()).id, (await socket.next()).id])).toEqual(new Set(['a', 'b']));
  });

  it('one that is left while it begins holds nothing of the subgraph', async () => {
    const socket = await acknowledged();
    socket.send(subscribe('a'), { type: 'complete', id: 'a' }, subscribe('b', '{ ticks }'));
    expect(await socket.next()).toMatchObject({ id: 'b', type: 'next' });
    await ticker.idle();
  });
});
