// What is done to sockets and event streams with bad intent: each is bounded, ends by itself, and leaves nothing behind. After each
// the gateway answers, and has as many places for others as before.
import { once } from 'node:events';
import { get } from 'node:http';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sleep } from '#platform/kernel/clock.ts';
import { eventStream } from '../kit/event-stream.ts';
import { CONTINUATION, frame, PING, type RawOptions, type RawSocket, rawSocket, TEXT } from '../kit/raw-socket.ts';
import { runTicker, type Ticker } from '../kit/ticker.ts';

const TICKED = 'subscription { ticked { n text } }';
const INIT = { type: 'connection_init' };
const MOST = 12;
const MOST_OF_ONE = 4;
const MOST_OPERATIONS = 20;
/** Another one for each id: those that are the same would share a stream of the subgraph. */
const subscribe = (id: string, query = `subscription { ticked { n text _${id}: n } }`, more: object = {}) => ({
  id,
  type: 'subscribe',
  payload: { query, ...more },
});

let ticker: Ticker;
let sockets: RawSocket[] = [];
beforeAll(async () => {
  ticker = await runTicker({
    liveData: {
      connections: MOST + 2,
      connectionsPerAddress: MOST,
      connectionsPerPrincipal: MOST_OF_ONE,
      subscriptionsPerSocket: MOST_OPERATIONS,
      initMs: 600,
      heartbeatMs: 1_000,
    },
  });
});
afterEach(async () => {
  for (const { wire } of sockets.splice(0)) wire.destroy();
  await ticker.idle();
  await everyPlaceIsFree();
});
afterAll(() => ticker?.close());

const open = async (options?: RawOptions): Promise<RawSocket> => {
  const socket = await rawSocket(ticker.url, options);
  sockets.push(socket);
  return socket;
};
const acknowledged = async (token?: string): Promise<RawSocket> => {
  const socket = await open();
  socket.send(token === undefined ? INIT : { ...INIT, payload: { authorization: `Bearer ${token}` } });
  const message = await socket.next();
  if (message.type !== 'connection_ack') throw new Error(JSON.stringify(message));
  return socket;
};
const follow = async (socket: RawSocket, id: string): Promise<void> => {
  const before = ticker.upstreams;
  socket.send(subscribe(id));
  await expect.poll(() => ticker.upstreams, { interval: 5, timeout: 10_000 }).toBe(before + 1);
};
/** As many sockets open as may be open, and each answers. */
const everyPlaceIsFree = async (): Promise<void> => {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const all = await Promise.all(Array.from({ length: MOST }, () => rawSocket(ticker.url)));
    const free = all.every(({ status }) => status === 101);
    if (free) {
      all[0]?.send(INIT);
      await all[0]?.next();
      all[0]?.send(subscribe('1', '{ ticks }'));
      await all[0]?.next();
    }
    for (const { wire } of all) wire.destroy();
    if (free) return;
    if (performance.now() > deadline) throw new Error('places of sockets that are gone are still taken');
    await sleep(50);
  }
};

describe('foreign pages', () => {
  it.each([
    'https://evil.example',
    'null',
    'http://127.0.0.1',
    'http://127.0.0.1.evil.example',
    'file://',
    'no origin at all',
  ])('a socket for a page of "%s" is refused before it opens', async (origin) => {
    const socket = await open({ headers: { origin, authorization: `Bearer ${await ticker.token('store')}` } });
    expect(socket.status).toBe(403);
    expect(await socket.closed()).toBeUndefined();
  });

  it('a page that sends no origin is told by what its browser says of it', async () => {
    expect((await open({ headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(403);
    expect((await open({ headers: { 'sec-fetch-site': 'same-origin' } })).status).toBe(101);
  });

  it('a socket is nowhere but at the graph', async () => {
    for (const path of ['/', '/graphql/', '/livez', '//graphql']) expect((await open({ path })).status).toBe(404);
  });
});

describe('too many', () => {
  it('2,000 subscriptions on one socket: as many as may run do, the others are refused, and then the socket', async () => {
    const socket = await acknowledged();
    for (let id = 0; id < 2_000; id += 1) socket.send(subscribe(String(id)));
    expect(await socket.closed()).toBe(4429);
    expect(ticker.upstreams).toBeLessThanOrEqual(MOST_OPERATIONS);
  });

  it('one too many is refused alone; the others go on, and one that ends makes room', async () => {
    const socket = await acknowledged();
    for (let id = 0; id < MOST_OPERATIONS; id += 1) await follow(socket, String(id));
    socket.send(subscribe('more'));
    expect(await socket.next()).toMatchObject({
      id: 'more',
      type: 'error',
      payload: [{ extensions: { code: 'QUOTA_EXCEEDED' } }],
    });
    ticker.tick();
    for (let id = 0; id < MOST_OPERATIONS; id += 1) expect(await socket.next()).toMatchObject({ type: 'next' });
    socket.send({ type: 'complete', id: '3' });
    await expect.poll(() => ticker.upstreams, { timeout: 10_000 }).toBe(MOST_OPERATIONS - 1);
    await follow(socket, 'more');
  });

  it('sockets of one principal: the last is closed; those of another have their own number', async () => {
    const token = await ticker.token('store');
    for (let n = 0; n < MOST_OF_ONE; n += 1) await acknowledged(token);
    await expect(acknowledged(token)).rejects.toThrow('4429');
    await acknowledged(await ticker.token('store', { claims: { sub: 'another' } }));
  });

  it('sockets of one address without a token are refused at the upgrade; one that leaves makes room', async () => {
    const held = await Promise.all(Array.from({ length: MOST }, () => open()));
    expect(held.map(({ status }) => status)).toEqual(held.map(() => 101));
    expect(await open()).toMatchObject({ status: 429, headers: expect.stringContaining('Retry-After') });
    held[0]?.wire.destroy();
    await expect.poll(async () => (await open()).status).toBe(101);
  });

  it('sockets in all: with tokens there may be more of one address, up to what the server has', async () => {
    for (const sub of ['a', 'b', 'c']) {
      const token = await ticker.token('store', { claims: { sub } });
      for (let n = 0; n < MOST_OF_ONE; n += 1) await acknowledged(token);
    }
    await acknowledged();
    await acknowledged();
    expect((await open()).status).toBe(503);
  });

  it('event streams count as sockets do', async () => {
    const authorization = `Bearer ${await ticker.token('store')}`;
    const streams = await Promise.all(
      Array.from({ length: MOST_OF_ONE }, () => eventStream(ticker.url, { query: TICKED, headers: { authorization } })),
    );
    expect(streams.map(({ status }) => status)).toEqual(streams.map(() => 200));
    const refused = await eventStream(ticker.url, { query: TICKED, headers: { authorization } });
    expect(refused.status).toBe(429);
    expect(JSON.parse(await refused.text())).toMatchObject({ errors: [{ extensions: { code: 'QUOTA_EXCEEDED' } }] });
    await expect(acknowledged(authorization.slice(7))).rejects.toThrow('4429');
    for (const stream of streams) stream.leave();
  });

  it('3,000 upgrades, each left in another way, leave no socket, no timer and no place taken', async () => {
    const held = () => process.getActiveResourcesInfo().filter((kind) => /^(Timeout|TCPSocketWrap)$/.test(kind)).length;
    const before = held();
    for (let round = 0; round < 100; round += 1) {
      const all = await Promise.all(Array.from({ length: 30 }, () => rawSocket(ticker.url)));
      all.forEach(({ wire, status }, index) => {
        if (status === 101 && index % 3 === 0) wire.write(frame(JSON.stringify(INIT)));
        if (index % 2 === 0) wire.resetAndDestroy();
        else wire.destroy();
      });
    }
    await everyPlaceIsFree();
    // The test's own timers are among them.
    await expect.poll(held, { timeout: 10_000 }).toBeLessThan(before + 5);
  });
});

describe('too large and too slow', () => {
  it('an init of 20 MB is cut off at its beginning', async () => {
    const socket = await open();
    socket.send(frame(JSON.stringify({ ...INIT, payload: { filler: 'x'.repeat(20 * 1024 * 1024) } })));
    await socket.closed().catch(() => undefined);
    await expect.poll(() => socket.wire.destroyed || socket.wire.readableEnded, { timeout: 10_000 }).toBe(true);
    expect(socket.wire.bytesWritten).toBeLessThan(21 * 1024 * 1024);
  });

  it('an init of 20 MB in pieces that are small is cut off as well', async () => {
    const socket = await open();
    const piece = 'x'.repeat(16 * 1024);
    socket.send(frame(`{"type":"connection_init","payload":{"filler":"${piece}`, { fin: false }));
    for (let n = 0; n < 1_300 && !socket.wire.destroyed; n += 1) {
      socket.send(frame(piece, { opcode: CONTINUATION, fin: false }));
      // Both ends are in this process: the other one must come to read.
      if (n % 8 === 0) await sleep(0);
    }
    // Where the machine is busy, its time is over first.
    expect([4400, 4408]).toContain(await socket.closed());
  });

  it('an init that comes a byte at a time is closed when its time is over, however busy the socket', async () => {
    const socket = await open();
    const bytes = frame(JSON.stringify({ ...INIT, payload: { filler: 'x'.repeat(5_000) } }));
    let sent = 0;
    const drip = setInterval(() => socket.wire.write(bytes.subarray(sent, (sent += 1))), 5);
    // Where the machine is busy, it is the missing sign of life that ends it.
    expect([4408, undefined]).toContain(await socket.closed());
    clearInterval(drip);
  });

  it('a frame that never ends is closed when its time is over', async () => {
    const socket = await open();
    socket.send(frame('{"type":', { length: 60_000 }));
    const ping = setInterval(() => socket.wire.write('x'), 20);
    expect([4408, undefined]).toContain(await socket.closed());
    clearInterval(ping);
  });

  it('a client that asks and asks and never reads is not heard any more, and then is gone', async () => {
    const socket = await acknowledged();
    socket.wire.pause();
    const question = subscribe(
      '1',
      `{ ${Array.from({ length: 900 }, (_, n) => `${'wide'.repeat(20)}${n}: ticks`).join(' ')} }`,
    );
    let asked = 0;
    while (!socket.wire.destroyed && asked < 400) {
      socket.send({ ...question, id: String(asked) });
      asked += 1;
      if (asked % 10 === 0) await sleep(5);
    }
    socket.wire.resume();
    await socket.closed();
    await expect.poll(() => socket.wire.destroyed).toBe(true);
  });

  it('a client that does not answer signs of life is gone, and its streams with it', async () => {
    const socket = await acknowledged();
    await follow(socket, '1');
    expect(await socket.closed()).toBeUndefined();
    await ticker.idle();
  });

  it('a reader of events that reads nothing is gone after two signs of life', async () => {
    const search = `?${new URLSearchParams({ query: TICKED })}`;
    const request = get(ticker.url + search, { headers: { accept: 'text/event-stream' } }, (response) =>
      response.pause(),
    );
    request.on('error', () => undefined);
    await expect.poll(() => ticker.upstreams, { timeout: 10_000 }).toBe(1);
    for (let n = 0; n < 800; n += 1) ticker.tick('wide'.repeat(5_000));
    await ticker.idle();
    request.destroy();
  });
});

it('a connection that asks nothing does not hold up a gateway that goes away', async () => {
  const { hostname, port } = new URL(ticker.url);
  const silent = connect(Number(port), hostname);
  await once(silent, 'connect');
  const cut = once(silent.resume(), 'close');
  // The bound of a drain is ten seconds.
  const restarted = ticker.restart();
  expect(await Promise.race([cut.then(() => 'cut'), sleep(5_000).then(() => 'waited for')])).toBe('cut');
  await restarted;
});

describe('against the rules', () => {
  it.each([
    ['reserved bits', frame('{}', { reserved: 7 }), 1002],
    ['an opcode there is none of', frame('{}', { opcode: 5 }), 1002],
    ['a frame that is not masked', frame('{}', { masked: false }), 1002],
    ['a part of nothing', frame('{}', { opcode: CONTINUATION }), 1002],
    ['a ping in parts', frame('', { opcode: PING, fin: false }), 1002],
    ['a ping of 200 bytes', frame('x'.repeat(200), { opcode: PING }), 1002],
    ['text that is none', frame(Buffer.from([0xc3, 0x28])), 1007],
    ['a length of 2^53', frame('', { length: 2 ** 53 - 1 }), 1009],
    [
      '3,000 parts',
      Buffer.concat(
        Array.from({ length: 3_000 }, (_, n) => frame('', { opcode: n === 0 ? TEXT : CONTINUATION, fin: false })),
      ),
      1008,
    ],
  ])('%s close the socket and nothing else', async (_what, bytes, code) => {
    const other = await acknowledged();
    const socket = await open();
    socket.send(bytes);
    expect(await socket.closed()).toBe(code);
    other.send(subscribe('1', '{ ticks }'));
    expect(await other.next()).toMatchObject({ type: 'next' });
  });

  it.each([
    ['no key', { 'sec-websocket-key': '' }, 400],
    ['a version there is none of', { 'sec-websocket-version': '99' }, 400],
    ['another protocol', { upgrade: 'h2c' }, 400],
    ['subprotocols that are none', { 'sec-websocket-protocol': ',,;' }, 400],
  ])('an upgrade with %s is refused and cut off', async (_what, headers, status) => {
    const socket = await open({ headers });
    expect(socket.status).toBe(status);
    expect(await socket.closed()).toBeUndefined();
  });

  it('an upgrade whose client closes its half, at once or later, is closed whole', async () => {
    const refused = await open({ path: '/nowhere' });
    expect(await refused.closed()).toBeUndefined();
    const socket = await open();
    socket.wire.end();
    await expect.poll(() => socket.wire.destroyed).toBe(true);
  });

  it('a flood of pings is answered or cut off, and nothing is kept', async () => {
    const socket = await acknowledged();
    socket.wire.pause();
    const pings = Buffer.concat(Array.from({ length: 1_000 }, () => frame('x'.repeat(125), { opcode: PING })));
    for (let n = 0; n < 100 && !socket.wire.destroyed; n += 1) {
      socket.wire.write(pings);
      await sleep(1);
    }
    socket.wire.resume();
    await expect.poll(() => socket.wire.destroyed, { timeout: 5_000 }).toBe(true);
  });

  it('an operation that makes validation throw ends itself and not its siblings', async () => {
    const socket = await acknowledged();
    await follow(socket, 'good');
    const query = 'subscription ($yes: Boolean!) { ticked @include(if: $yes) { n } }';
    for (const [id, yes] of [
      ['t', true],
      ['f', false],
      ['n', null],
    ] as const) {
      socket.send(subscribe(id, query, { variables: { yes } }));
      expect(await socket.next()).toMatchObject({ id, type: 'error' });
    }
    ticker.tick();
    expect(await socket.next()).toMatchObject({ id: 'good', type: 'next' });
  });

  it.each([
    ['a prototype', '__proto__'],
    ['a constructor', 'constructor'],
    ['100 kB', 'x'.repeat(100_000)],
  ])('an id that is %s is one as any other', async (_what, id) => {
    const socket = await acknowledged();
    socket.send(subscribe(id, '{ ticks }'));
    expect(await socket.next()).toMatchObject({ id, type: 'next' });
    await follow(socket, id);
    socket.send(subscribe(id));
    expect(await socket.closed()).toBe(4409);
  });

  it('one id begun and left 1,000 times holds no more than may run', async () => {
    const socket = await acknowledged();
    const both = [subscribe('1'), { type: 'complete', id: '1' }].map((message) => frame(JSON.stringify(message)));
    socket.send(Buffer.concat(Array.from({ length: 1_000 }, () => both).flat()));
    expect(await socket.closed()).toBe(4409);
    expect(ticker.upstreams).toBeLessThanOrEqual(MOST_OPERATIONS);
  });
});
