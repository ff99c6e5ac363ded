// One upstream for many readers: whatever comes, leaves, is lost or resumes, each gets every event from its place on once, in order.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Fault } from '#platform/errors/fault.ts';
import { sleep } from '#platform/kernel/clock.ts';
import { type PushStream, pushStream } from '#platform/messaging/stream.ts';
import { SharedStream, type Stream } from './joint-stream.ts';
import { latestOf, type SharedEvent } from './subscriber.ts';

/** A subgraph that numbers its events and goes on behind a number. */
class Source {
  opened = 0;
  head = 0;
  readonly streams = new Set<PushStream<object>>();
  readonly shared: SharedStream;
  ended = 0;

  constructor(capacity = 1_000) {
    this.shared = new SharedStream({
      open: async (after) => this.#open(after),
      read: (result) => result as unknown as SharedEvent,
      onEnd: () => (this.ended += 1),
      capacity,
    });
  }

  #open(after: string | undefined): Stream {
    this.opened += 1;
    const stream = pushStream<object>({
      capacity: 10_000,
      overflow: () => new Error('full'),
      onEnd: () => this.streams.delete(stream),
    });
    this.streams.add(stream);
    for (let n = Number(after ?? this.head) + 1; n <= this.head; n += 1) stream.push(eventOf(n));
    return stream as Stream;
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
    if (!(Symbol.asyncIterator in joined)) throw new Error('refused');
    return joined;
  }
}

const eventOf = (n: number, thing?: string): SharedEvent => ({ id: String(n), thing, result: { data: { n } } });

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
  const options = { open: async () => refusal, read: () => eventOf(1), onEnd: () => (ended += 1), capacity: 1 };
  const shared = new SharedStream(options);
  expect(await Promise.all([shared.join(undefined), shared.join('7')])).toEqual([refusal, refusal]);
  expect([shared.isOpen, ended]).toEqual([false, 1]);
});

it('a reader too slow is ended alone, after older states of a thing were given up for newer ones', async () => {
  const source = new Source(10);
  const [slow, quick] = [await source.join(), collect(await source.join())];
  for (let n = 0; n < 12; n += 1) {
    source.tick();
    await turn();
  }
  for (let n = 1; n <= 10; n += 1) expect(await slow.next()).toEqual({ done: false, value: { data: { n } } });
  await expect(slow.next()).rejects.toMatchObject({ code: 'SUBSCRIBER_TOO_SLOW' });
  expect(quick).toEqual(range(0, 12));
  const events = [eventOf(1, 'a'), eventOf(2, 'b'), eventOf(3), eventOf(4, 'a')];
  expect(latestOf(events).map(({ id }) => id)).toEqual(['2', '3', '4']);
});

it('random joins, resumes, losses and leaves: no gap, nothing twice', async () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.constant('tick' as const) },
    { weight: 2, arbitrary: fc.constant('join' as const) },
    { weight: 3, arbitrary: fc.record({ resume: fc.nat(40) }) },
    { weight: 2, arbitrary: fc.record({ leave: fc.nat(20) }) },
    { weight: 2, arbitrary: fc.constant('turn' as const) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const source = new Source();
      source.head = 20;
      const keeper = await source.join();
      const readers: { from: number; told: number[]; stream: Stream; left: boolean }[] = [];
      const add = async (after?: number) => {
        const stream = await source.join(after);
        readers.push({ from: after ?? source.head, told: collect(stream), stream, left: false });
      };
      for (const next of steps) {
        if (next === 'tick') source.tick();
        else if (next === 'turn') await turn();
        else if (next === 'join') {
          // All that was told has arrived: from now is from the head.
          await sleep(0);
          await turn();
          await add();
        } else if ('resume' in next) await add(Math.min(next.resume, source.head));
        else {
          const reader = readers[next.leave % Math.max(1, readers.length)];
          if (reader) reader.left = true;
          await reader?.stream.return?.();
        }
      }
      for (let n = 0; n < 3; n += 1) {
        source.tick();
        await turn();
      }
      for (const { from, told, left } of readers) {
        expect(told).toEqual(left ? range(from, from + told.length) : range(from, source.head));
      }
      await keeper.return?.();
      for (const { stream } of readers) await stream.return?.();
      expect(source.streams.size).toBe(0);
    }),
    { numRuns: 300 },
  );
});
