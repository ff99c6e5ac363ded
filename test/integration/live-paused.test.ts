// A client that does not read while a great deal happens: what waits for it stays small, others miss nothing, and it goes on without a gap
// when it reads again. PAUSED_EVENTS=200000 runs the long form.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, it } from 'vitest';
import { type LiveSocket, type LiveStream, liveSocket } from '../kit/live-socket.ts';
import { runTicker, type Ticker } from '../kit/ticker.ts';

const EVENTS = Number(process.env.PAUSED_EVENTS ?? 2_500);
/** The short form makes up in width for what it has not in number. */
const IS_LONG = EVENTS > 10_000;
const TEXT = 'wide'.repeat(IS_LONG ? 250 : 10_000);
/** So few that they fit, also where nobody has read any of them yet. */
const AT_ONCE = IS_LONG ? 100 : 5;
const BUFFER = 256 * 1024;
/** What is remembered for those who come back, twice, and what the collector leaves; a thousand wide events would be 80 MB more. */
const MOST_GROWTH = 56 * 1024 * 1024;
const TICKED = 'subscription ($after: Cursor) { ticked(after: $after) { cursor n text } }';

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

let ticker: Ticker | undefined;
let sockets: LiveSocket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  await ticker?.close();
});

const follow = (url: string, after?: string): { socket: LiveSocket; stream: LiveStream } => {
  const socket = liveSocket(url);
  sockets.push(socket);
  return { socket, stream: socket.subscribe(TICKED, after === undefined ? {} : { after }) };
};

function used(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

it('holds little for a client that does not read, which then is told why and goes on', {
  timeout: 600_000,
}, async () => {
  const running = (ticker = await runTicker({
    sharing: { capacityBytes: BUFFER },
    liveData: { heartbeatMs: 300_000 },
  }));
  const [quick, paused] = [follow(running.url), follow(running.url)];
  await expect.poll(() => running.upstreams, { timeout: 10_000 }).toBe(1);
  const told: number[] = [];
  const read = async ({ stream }: { readonly stream: LiveStream }, into: number[]) => {
    const answer = await stream.next();
    const { n, cursor } = (answer?.data?.ticked ?? {}) as { readonly n: number; readonly cursor: string };
    into.push(n);
    return cursor;
  };
  // Nothing says that the second one has subscribed: there are events until it is told one.
  const late: number[] = [];
  let cursor: string | undefined;
  const first = read(paused, late).then((one) => (cursor = one));
  while (cursor === undefined) {
    running.tick();
    await read(quick, told);
    await Promise.race([first, new Promise(setImmediate)]);
  }
  (await paused.socket.opened()).pause();
  const before = used();
  let most = 0;
  for (let count = 0; count < EVENTS; count += AT_ONCE) {
    for (let n = 0; n < AT_ONCE; n += 1) running.tick(TEXT);
    for (let n = 0; n < AT_ONCE; n += 1) await read(quick, told);
    if (count % (EVENTS / 10) < AT_ONCE) most = Math.max(most, used() - before);
  }
  const [start = 0] = told;
  expect(told).toEqual(told.map((_, index) => start + index));
  expect(most).toBeLessThan(MOST_GROWTH);
  (await paused.socket.opened()).resume();
  const ended = (async () => {
    for (;;) cursor = await read(paused, late);
  })();
  await expect(ended).rejects.toMatchObject({ code: 4429 });
  expect(await paused.socket.closed).toMatchObject({ reason: expect.stringContaining('`after`') });
  expect(late.length).toBeLessThan(told.length);
  const resumed = follow(running.url, cursor);
  while (late.at(-1) !== told.at(-1)) await read(resumed, late);
  const [begun = 0] = late;
  expect(late).toEqual(late.map((_, index) => begun + index));
});
