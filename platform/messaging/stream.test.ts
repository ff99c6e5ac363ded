// Streams: bounded, in order, closed at once when the reader leaves, and never left open when something fails.
import { describe, expect, it } from 'vitest';
import { concatStreams, mapStream, mapStreamInOrder, type PushStream, pushStream } from './stream.ts';

interface Source extends PushStream<number> {
  readonly closed: () => number;
}

function source(capacity = 100): Source {
  let closed = 0;
  const stream = pushStream<number>({ capacity, overflow: () => new Error('too slow'), onEnd: () => (closed += 1) });
  return Object.assign(stream, { closed: () => closed });
}

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of stream) values.push(value);
  return values;
}
const pause = () => new Promise((resolve) => setImmediate(resolve));
const end = { done: true, value: undefined };

describe('a pushed stream', () => {
  it('gives values in order to readers before and after them, then its end', async () => {
    const stream = source();
    const early = [stream.next(), stream.next()];
    for (const value of [1, 2, 3]) stream.push(value);
    stream.end();
    expect(stream.push(4)).toBe(false);
    expect(await Promise.all(early)).toEqual([1, 2].map((value) => ({ done: false, value })));
    expect(await all(stream)).toEqual([3]);
  });

  it('too full ends: what it had is read, then why, then nothing, and its end is told once', async () => {
    const stream = source(2);
    expect([1, 2, 3].map((value) => stream.push(value))).toEqual([true, true, false]);
    stream.end();
    expect(stream.closed()).toBe(1);
    expect([await stream.next(), await stream.next()].map(({ value }) => value)).toEqual([1, 2]);
    await expect(stream.next()).rejects.toThrow('too slow');
    expect(await stream.next()).toEqual(end);
  });

  it('left by its reader lets go of what it had and of whoever waits', async () => {
    const stream = source();
    const waiting = stream.next();
    await stream.return();
    expect(await waiting).toEqual(end);
    expect(stream.closed()).toBe(1);
  });
});

describe.each([
  ['mapped', (from: Source, map: (n: number) => Promise<number>) => mapStream(from, map)],
  ['mapped side by side', (from: Source, map: (n: number) => Promise<number>) => mapStreamInOrder(from, map, 3)],
])('a %s stream', (_, mapped) => {
  it('left while it waits for an event closes its source at once', async () => {
    const from = source();
    const stream = mapped(from, async (n) => n);
    const waiting = stream.next();
    await stream.return?.();
    expect(from.closed()).toBe(1);
    expect(await waiting).toEqual(end);
  });

  it('that fails on one value tells so and closes its source', async () => {
    const from = source();
    const stream = mapped(from, async (n) => {
      if (n === 2) throw new Error('cannot map 2');
      return n * 10;
    });
    for (const value of [1, 2, 3]) from.push(value);
    expect(await stream.next()).toEqual({ done: false, value: 10 });
    await expect(stream.next()).rejects.toThrow('cannot map 2');
    expect(from.closed()).toBe(1);
    expect(await stream.next()).toEqual(end);
  });

  it('tells all values before the failure of its source, then that', async () => {
    const from = source();
    const stream = mapped(from, async (n) => n);
    from.push(1);
    from.fail(new Error('gone'));
    expect((await stream.next()).value).toBe(1);
    await expect(stream.next()).rejects.toThrow('gone');
  });
});

it('side by side keeps the order, maps at most so many at once, and reads no further ahead', async () => {
  const from = source();
  let running = 0;
  let most = 0;
  const finish: (() => void)[] = [];
  const stream = mapStreamInOrder(
    from,
    async (n) => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => finish.push(resolve));
      running -= 1;
      return n;
    },
    3,
  );
  for (let n = 1; n <= 6; n += 1) from.push(n);
  from.end();
  const values = all(stream);
  for (let done = 0; done < 6; done += 1) {
    while (finish.length === 0) await pause();
    // The latest first: what was begun last is ready first.
    finish.pop()?.();
    await pause();
  }
  expect(await values).toEqual([1, 2, 3, 4, 5, 6]);
  expect(most).toBe(3);
});

it('joined begins with the given values and closes the stream behind them', async () => {
  const from = source();
  from.push(3);
  const stream = concatStreams([1, 2], from);
  expect([await stream.next(), await stream.next(), await stream.next()].map(({ value }) => value)).toEqual([1, 2, 3]);
  await stream.return?.();
  expect(from.closed()).toBe(1);
});
