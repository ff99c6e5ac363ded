// Streams for subscriptions: iterators whose return() settles at once, unlike async generators, which hold their source
// until the next event. Buffers are bounded: a reader too slow is ended with an error, never fed from growing memory.

export interface PushStream<T> extends AsyncIterableIterator<T> {
  /** Gives a value to the reader; false when the stream has ended or its buffer is full (which ends it). */
  push(value: T): boolean;
  end(): void;
  fail(error: Error): void;
  next(): Promise<IteratorResult<T, undefined>>;
  return(): Promise<IteratorResult<T, undefined>>;
  throw(error?: unknown): Promise<IteratorResult<T, undefined>>;
}

export interface PushStreamOptions {
  readonly capacity: number;
  /** Made when the buffer is full. */
  readonly overflow: () => Error;
  /** Runs once, when the stream ends for whatever reason. */
  readonly onEnd?: () => void;
}

interface Waiting<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: Error): void;
}

const done = { done: true, value: undefined } as const;

export function pushStream<T>(options: PushStreamOptions): PushStream<T> {
  const buffer: T[] = [];
  const waiting: Waiting<T>[] = [];
  let ended = false;
  let failure: Error | undefined;

  const finish = (error?: Error): void => {
    if (ended) return;
    ended = true;
    failure = error;
    for (const reader of waiting.splice(0)) {
      if (failure) {
        reader.reject(failure);
        failure = undefined;
      } else reader.resolve(done);
    }
    options.onEnd?.();
  };

  return {
    push(value) {
      if (ended) return false;
      const reader = waiting.shift();
      if (reader) {
        reader.resolve({ done: false, value });
        return true;
      }
      if (buffer.length >= options.capacity) {
        finish(options.overflow());
        return false;
      }
      buffer.push(value);
      return true;
    },
    end: () => finish(),
    fail: (error) => finish(error),
    next() {
      const value = buffer.shift();
      if (value !== undefined) return Promise.resolve({ done: false, value });
      if (failure) {
        const error = failure;
        failure = undefined;
        return Promise.reject(error);
      }
      if (ended) return Promise.resolve(done);
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    return() {
      buffer.length = 0;
      finish();
      return Promise.resolve(done);
    },
    throw(error) {
      buffer.length = 0;
      finish();
      return Promise.reject(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** A stream of mapped values; values mapped to undefined are left out. return() reaches the source at once. */
export function mapStream<T, U>(
  source: AsyncIterableIterator<T>,
  map: (value: T) => Promise<U | undefined> | U | undefined,
): AsyncIterableIterator<U> {
  let ended = false;
  const finish = async (): Promise<IteratorResult<U, undefined>> => {
    ended = true;
    await source.return?.();
    return done;
  };
  return {
    async next() {
      while (!ended) {
        const result = await source.next();
        if (result.done || ended) return done;
        const value = await map(result.value);
        if (value !== undefined && !ended) return { done: false, value };
      }
      return done;
    },
    return: finish,
    async throw(error) {
      await finish();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** First the given values, then those of the stream: a snapshot before the live events. */
export function concatStreams<T>(first: readonly T[], rest: AsyncIterableIterator<T>): AsyncIterableIterator<T> {
  let index = 0;
  return {
    next() {
      const value = first[index];
      index += 1;
      return value === undefined ? rest.next() : Promise.resolve({ done: false, value });
    },
    return: () => rest.return?.() ?? Promise.resolve(done),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/**
 * Like mapStream, with up to `atOnce` values being mapped at the same time; results keep the order of the source. The source is
 * read ahead by at most `atOnce` values, so that a slow reader still slows the source down.
 */
export function mapStreamInOrder<T, U>(
  source: AsyncIterableIterator<T>,
  map: (value: T) => Promise<U>,
  atOnce: number,
): AsyncIterableIterator<U> {
  const mapped: Promise<IteratorResult<U, undefined>>[] = [];
  let ended = false;
  // One read at a time, and the next only when the one before has a value: an ended source is not asked again.
  let reading: Promise<void> | undefined;
  const waiting = new Set<() => void>();
  const settle = () => {
    for (const resume of waiting) resume();
    waiting.clear();
  };
  const fill = () => {
    if (reading || ended || mapped.length >= atOnce) return;
    reading = source.next().then(
      (result) => {
        reading = undefined;
        if (result.done) ended = true;
        else {
          const next = map(result.value).then((value): IteratorResult<U, undefined> => ({ done: false, value }));
          next.catch(() => undefined);
          mapped.push(next);
        }
        settle();
        fill();
      },
      (error: unknown) => {
        reading = undefined;
        ended = true;
        const failed = Promise.reject<IteratorResult<U, undefined>>(error);
        failed.catch(() => undefined);
        mapped.push(failed);
        settle();
      },
    );
  };
  const finish = async (): Promise<IteratorResult<U, undefined>> => {
    ended = true;
    mapped.length = 0;
    settle();
    await source.return?.();
    return done;
  };
  return {
    async next() {
      fill();
      while (mapped.length === 0 && !ended) await new Promise<void>((resolve) => waiting.add(resolve));
      const first = mapped.shift();
      fill();
      return first ?? done;
    },
    return: finish,
    async throw(error) {
      await finish();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
