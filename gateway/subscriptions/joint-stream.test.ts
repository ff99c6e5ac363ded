// Many readers of one upstream, under a subgraph that numbers its events, forgets old ones and sends snapshots in their stead.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Fault } from '#platform/errors/fault.ts';
import { type PushStream, pushStream } from '#platform/messaging/stream.ts';
import { SharedStream } from './joint-stream.ts';
import type { SharedEvent, Stream } from './told-event.ts';
import type { Bounds } from './unread.ts';

/** Things whose states are told in turn. */
const KEYS = 4;
const keyOf = (n: number) => n % KEYS;
const mostOf = (events: number): Bounds => ({ events, size: 1_000_000 });

const eventOf = (n: number, isSnapshot = false, id = String(n)): SharedEvent => ({
  id,
  thing: `key ${keyOf(n)}`,
  version: n,
  isSnapshot,
  result: { data: { n, isSnapshot } },
});

interface SourceOptions {
  readonly most?: Bounds;
  /** Whether events say which of two states is newer. */
  readonly versions?: boolean;
  /** Whether newer states take the place of older ones. */
  readonly things?: boolean;
  /** Whether they say that they are a snapshot's; else their cursors show it. */
  readonly flags?: boolean;
}

/** A subgraph that numbers its events and goes on behind a number; behind one too old with a snapshot, read as it is sent. */
class Source {
  opened = 0;
  head = 0;
  oldest = 1;
  snapshots = 0;
  readonly streams = new Set<PushStream<object>>();
  ended = 0;
  readonly #options: SourceOptions;
  #shared: SharedStream | undefined;
  #held: Promise<void> | undefined;

  constructor(options: SourceOptions = {}) {
    this.#options = options;
  }

  get shared(): SharedStream {
    if (this.#shared?.isOpen) return this.#shared;
    this.#shared = new SharedStream({
      open: async (after) => this.#open(after),
      read: (result) => this.#read(result as unknown as SharedEvent),
      onEnd: () => (this.ended += 1),
      most: this.#options.most ?? mostOf(1_000),
    });
    return this.#shared;
  }

  /** The next snapshots wait with their states until it is resolved. */
  withhold(): PromiseWithResolvers<void> {
    const held = Promise.withResolvers<void>();
    this.#held = held.promise;
    return held;
  }

  tick(): number {
    this.head += 1;
    for (const stream of this.streams) stream.push(eventOf(this.head));
    return this.head;
  }

  lose(): void {
    for (const stream of [...this.streams]) stream.fail(new Fault('SUBGRAPH_UNAVAILABLE', 'gone'));
  }

  async join(after?: number): Promise<Stream> {
    const joined = await this.shared.join(after === undefined ? undefined : String(after));
    if (joined === undefined) return this.join(after);
    if (!(Symbol.asyncIterator in joined)) throw new Error('refused');
    return joined;
  }

  #read(event: SharedEvent): SharedEvent {
    const { versions = true, flags = true, things = true } = this.#options;
    const { thing, version, isSnapshot } = event;
    const state = { thing: things ? thing : undefined, version: versions ? version : undefined };
    return { ...event, ...state, isSnapshot: flags && isSnapshot };
  }

  #open(after: string | undefined): Stream {
    this.opened += 1;
    const stream = pushStream<object>({
      capacity: 10_000,
      overflow: () => new Error('full'),
      onEnd: () => this.streams.delete(stream),
    });
    this.streams.add(stream);
    if (after !== undefined && Number(after) + 1 < this.oldest) return this.#snapshotThen(stream as Stream, after);
    for (let n = Number(after ?? this.head) + 1; n <= this.head; n += 1) stream.push(eventOf(n));
    return stream as Stream;
  }

  /** States as they are when they are sent; then what they were not ahead of. The last one's cursor is where it began. */
  #snapshotThen(live: Stream, after: string): Stream {
    this.snapshots += 1;
    const [began, told] = [this.head, new Map<number, number>()];
    const keys = Array.from({ length: KEYS }, (_, key) => key).filter((key) => this.#lastOf(key) > 0);
    const next = async (): Promise<IteratorResult<never>> => {
      const key = keys.shift();
      if (key !== undefined) {
        await this.#held;
        await turn();
        const n = this.#lastOf(key);
        told.set(key, n);
        return { done: false, value: eventOf(n, true, keys.length > 0 ? after : String(began)) as never };
      }
      for (;;) {
        const result = await live.next();
        const n = (result.value as { result?: { data: { n: number } } } | undefined)?.result?.data.n ?? 0;
        if (result.done || n > (told.get(keyOf(n)) ?? 0)) return result as IteratorResult<never>;
      }
    };
    return {
      next,
      return: () => live.return?.() ?? Promise.resolve({ done: true, value: undefined }),
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  #lastOf(key: number): number {
    return lastOf(key, this.head);
  }
}

/** Number of the key's last event; 0 or less: it has none. */
function lastOf(key: number, head: number): number {
  for (let n = head; n > 0; n -= 1) if (keyOf(n) === key) return n;
  return 0;
}

function collect(stream: Stream): number[] {
  const told: number[] = [];
  const read = async () => {
    for await (const { data } of stream) told.push(data?.n as number);
  };
  void read().catch(() => told.push(-1));
  return told;
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const range = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index + 1);

it('a thousand who ask the same are one upstream, and the last to leave closes it', async () => {
  const source = new Source();
  const streams = await Promise.all(Array.from({ length: 1_000 }, () => source.join()));
  const told = streams.map(collect);
  source.tick();
  await turn();
  expect(source.opened).toBe(1);
  expect(told.every(([first]) => first === 1)).toBe(true);
  for (const stream of streams.slice(1)) await stream.return?.();
  expect(source.streams.size).toBe(1);
  await streams[0]?.return?.();
  expect([source.streams.size, source.ended]).toEqual([0, 1]);
});

it('who resumes catches up on an upstream of its own, shared with those at the same place, and then joins', async () => {
  const source = new Source();
  for (let n = 0; n < 5; n += 1) source.tick();
  const fresh = collect(await source.join());
  const [one, two] = [collect(await source.join(2)), collect(await source.join(2))];
  await turn();
  expect([source.opened, source.streams.size]).toEqual([2, 2]);
  expect([one, two]).toEqual([range(2, 5), range(2, 5)]);
  source.tick();
  await turn();
  expect(source.streams.size).toBe(1);
  source.tick();
  await turn();
  expect([fresh, one, two]).toEqual([range(5, 7), range(2, 7), range(2, 7)]);
  // What was told a moment ago is remembered.
  expect(collect(await source.join(6))).toEqual([]);
  expect(source.opened).toBe(2);
});

it('a lost upstream is opened again behind its last event, and readers notice nothing', async () => {
  const source = new Source();
  const told = collect(await source.join());
  source.tick();
  await turn();
  source.lose();
  source.tick();
  await expect.poll(() => told, { timeout: 5_000 }).toEqual([1, 2]);
  source.tick();
  await turn();
  expect(told).toEqual([1, 2, 3]);
});

it('a refusal is told to all who wait, and nothing stays open', async () => {
  let ended = 0;
  const refusal = { errors: [] };
  const options = { open: async () => refusal, read: () => eventOf(1), onEnd: () => (ended += 1), most: mostOf(1) };
  const shared = new SharedStream(options);
  expect(await Promise.all([shared.join(undefined), shared.join('7')])).toEqual([refusal, refusal]);
  expect([shared.isOpen, ended]).toEqual([false, 1]);
});

it('a reader too slow is ended alone', async () => {
  const source = new Source({ most: mostOf(10), things: false });
  const [slow, quick] = [await source.join(), collect(await source.join())];
  for (let n = 0; n < 12; n += 1) {
    source.tick();
    await turn();
  }
  for (let n = 1; n <= 10; n += 1) expect(await slow.next()).toMatchObject({ done: false, value: { data: { n } } });
  await expect(slow.next()).rejects.toMatchObject({ code: 'SUBSCRIBER_TOO_SLOW' });
  expect(quick).toEqual(range(0, 12));
});

it('who resumes far behind is told no faster than it reads, and is never too slow for what was there before', async () => {
  const source = new Source({ most: mostOf(10), things: false });
  source.head = 2_000;
  const keeper = await source.join();
  for (let n = 0; n < 900; n += 1) {
    source.tick();
    expect(await keeper.next()).toMatchObject({ value: { data: { n: source.head } } });
  }
  for (const from of [100, 2_100]) {
    const stream = await source.join(from);
    for (let n = from + 1; n <= source.head; n += 1) {
      if (n % 50 === 0) await turn();
      expect(await stream.next()).toMatchObject({ value: { data: { n } } });
    }
    await stream.return?.();
  }
});

describe('a cursor too old', () => {
  it('gets a snapshot, and then nothing older than that, where the shared stream still knows what was before', async () => {
    const source = new Source();
    source.head = 10;
    const keeper = collect(await source.join());
    for (let n = 0; n < 3; n += 1) source.tick();
    await turn();
    source.oldest = 13;
    // The snapshot begins here, and is read after two more events: its states are ahead of where it says it stands.
    const held = source.withhold();
    const read = collect(await source.join(5));
    source.tick();
    source.tick();
    await turn();
    held.resolve();
    for (let n = 0; n < 2 * KEYS; n += 1) await turn();
    expect([source.snapshots, read]).toEqual([1, range(11, 15)]);
    for (let n = 0; n < KEYS; n += 1) source.tick();
    for (let n = 0; n < KEYS; n += 1) await turn();
    expect([keeper, read]).toEqual([range(10, 19), range(11, 19)]);
    // It has left its own upstream.
    expect(source.streams.size).toBe(1);
  });
});

interface Told {
  readonly n: number;
  readonly isSnapshot: boolean;
}

interface Life {
  /** Undefined: from now. */
  readonly from: number | undefined;
  readonly told: Told[];
  readonly stream: Stream;
  /** It left, or lost its upstream for good and was told so. */
  left: boolean;
}

function lifeOf(from: number | undefined, stream: Stream): Life {
  const life: Life = { from, told: [], stream, left: false };
  const read = async () => {
    for await (const { data } of stream) life.told.push(data as unknown as Told);
  };
  void read().catch((error: Fault) => {
    if (error.code !== 'SUBGRAPH_UNAVAILABLE') life.told.push({ n: Number.NaN, isSnapshot: false });
    life.left = true;
  });
  return life;
}

/** Of each key every event behind the last known one, in order; a snapshot may leap ahead, and nothing ever goes back. */
function expectWhole({ from, told, left }: Life, head: number): void {
  const [first] = told;
  if (from === undefined && !first) return;
  const begun = from ?? (first?.isSnapshot ? undefined : (first?.n ?? 0) - 1);
  const known = new Map(Array.from({ length: KEYS }, (_, key) => [key, lastOf(key, begun ?? 0)]));
  for (const { n, isSnapshot } of told) {
    const before = known.get(keyOf(n)) ?? 0;
    if (isSnapshot) expect(n).toBeGreaterThanOrEqual(before);
    else expect({ n, after: before }).toEqual({ n: before === 0 ? keyOf(n) || KEYS : before + KEYS, after: before });
    known.set(keyOf(n), n);
  }
  if (!left) expect([...known.values()]).toEqual(Array.from({ length: KEYS }, (_, key) => lastOf(key, head)));
}

describe('random joins, resumes, losses, cursors too old and leaves: no gap, nothing twice, nothing older', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  const step = fc.oneof(
    { weight: 8, arbitrary: fc.constant('tick' as const) },
    { weight: 2, arbitrary: fc.constant('join' as const) },
    { weight: 3, arbitrary: fc.record({ resume: fc.nat(60) }) },
    { weight: 2, arbitrary: fc.record({ leave: fc.nat(20) }) },
    { weight: 6, arbitrary: fc.constant('turn' as const) },
    { weight: 1, arbitrary: fc.record({ forget: fc.nat(10) }) },
    { weight: 3, arbitrary: fc.record({ tooOld: fc.nat(15) }) },
    { weight: 1, arbitrary: fc.constant('lose' as const) },
    { weight: 1, arbitrary: fc.constant('wait' as const) },
    { weight: 1, arbitrary: fc.constant('outage' as const) },
  );
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

  /** So long that the last event is not known any more when it is over. */
  async function outage(source: Source): Promise<void> {
    source.lose();
    for (let n = 0; n < 3; n += 1) source.tick();
    source.oldest = source.head;
    await vi.advanceTimersByTimeAsync(150);
  }

  /** What was lost is open again, and snapshots that were on their way are told. */
  async function settle(): Promise<void> {
    for (let n = 0; n < 4 * KEYS; n += 1) {
      await turn();
      await vi.advanceTimersByTimeAsync(1_000);
    }
  }

  async function take(next: Step, source: Source, lives: Life[]): Promise<void> {
    if (next === 'tick') source.tick();
    else if (next === 'turn') await turn();
    else if (next === 'lose') source.lose();
    else if (next === 'wait') await vi.advanceTimersByTimeAsync(500);
    else if (next === 'join') lives.push(lifeOf(undefined, await source.join()));
    else if (next === 'outage') await outage(source);
    else if ('tooOld' in next) lives.push(lifeOf(next.tooOld, await source.join(next.tooOld)));
    else if ('forget' in next) source.oldest = Math.max(source.oldest, source.head - next.forget);
    else if ('resume' in next) {
      const from = Math.min(next.resume, source.head);
      lives.push(lifeOf(from, await source.join(from)));
    } else {
      const one = lives[next.leave % Math.max(1, lives.length)];
      if (one) one.left = true;
      await one?.stream.return?.();
    }
  }

  it.each([
    ['states can be compared', {}],
    ['states cannot be compared', { versions: false }],
    ['cursors alone tell of snapshots', { flags: false }],
  ])('where %s', async (_where, options: SourceOptions) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const source = new Source(options);
        source.head = 20;
        source.oldest = 18;
        const keeper = lifeOf(undefined, await source.join());
        const lives: Life[] = [keeper];
        for (const next of steps) await take(next, source, lives);
        await settle();
        for (let n = 0; n < 2 * KEYS; n += 1) {
          source.tick();
          await turn();
        }
        await settle();
        for (const one of lives) expectWhole(one, source.head);
        for (const { stream } of lives) await stream.return?.();
        expect(source.streams.size).toBe(0);
      }),
      { numRuns: 500 },
    );
  });
});
