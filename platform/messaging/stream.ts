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
  return new BoundedPushStream(options);
}

class BoundedPushStream<T> implements PushStream<T> {
  readonly #options: PushStreamOptions;
  readonly #buffer: T[] = [];
  readonly #waiting: Waiting<T>[] = [];
  #ended = false;
  /** Told once, after what is buffered. */
  #failure: Error | undefined;

  constructor(options: PushStreamOptions) {
    this.#options = options;
  }

  push(value: T): boolean {
    if (this.#ended) return false;
    const reader = this.#waiting.shift();
    if (reader) {
      reader.resolve({ done: false, value });
      return true;
    }
    if (this.#buffer.length >= this.#options.capacity) {
      this.#finish(this.#options.overflow());
      return false;
    }
    this.#buffer.push(value);
    return true;
  }

  end(): void {
    this.#finish();
  }

  fail(error: Error): void {
    this.#finish(error);
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const value = this.#buffer.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#failure) return Promise.reject(this.#takeFailure());
    if (this.#ended) return Promise.resolve(done);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#buffer.length = 0;
    this.#failure = undefined;
    this.#finish();
    return Promise.resolve(done);
  }

  throw(error: unknown): Promise<IteratorResult<T, undefined>> {
    void this.return();
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #finish(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = error;
    for (const reader of this.#waiting.splice(0)) {
      if (this.#failure) reader.reject(this.#takeFailure());
      else reader.resolve(done);
    }
    this.#options.onEnd?.();
  }

  #takeFailure(): Error {
    const error = this.#failure ?? new Error('the stream did not fail');
    this.#failure = undefined;
    return error;
  }
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
  // Whoever reads with `for await` does not call return() after a failure: the source would stay open.
  const mapped = async (value: T): Promise<U | undefined> => {
    try {
      return await map(value);
    } catch (error) {
      await finish();
      throw error;
    }
  };
  return {
    async next() {
      while (!ended) {
        const result = await source.next();
        if (result.done || ended) return done;
        const value = await mapped(result.value);
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
  return new OrderedMap(source, map, atOnce);
}

class OrderedMap<T, U> implements AsyncIterableIterator<U> {
  readonly #source: AsyncIterableIterator<T>;
  readonly #map: (value: T) => Promise<U>;
  readonly #atOnce: number;
  /** What was read of the source and not yet by the reader, in order. */
  readonly #mapped: Promise<U>[] = [];
  readonly #waiting = new Set<() => void>();
  /** Taken by the reader and not ready yet. */
  #awaited = 0;
  #reading = false;
  #ended = false;

  constructor(source: AsyncIterableIterator<T>, map: (value: T) => Promise<U>, atOnce: number) {
    this.#source = source;
    this.#map = map;
    this.#atOnce = atOnce;
  }

  async next(): Promise<IteratorResult<U, undefined>> {
    this.#fill();
    while (this.#mapped.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
    const first = this.#mapped.shift();
    if (!first) return done;
    this.#awaited += 1;
    try {
      const value = await first;
      this.#awaited -= 1;
      this.#fill();
      return { done: false, value };
    } catch (error) {
      // Whoever reads with `for await` does not call return() after a failure: the source would stay open.
      await this.return();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<U, undefined>> {
    this.#ended = true;
    this.#mapped.length = 0;
    this.#resume();
    await this.#source.return?.();
    return done;
  }

  async throw(error: unknown): Promise<IteratorResult<U, undefined>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** One read at a time, and the next only when the one before has a value: an ended source is not asked again. */
  #fill(): void {
    if (this.#reading || this.#ended || this.#mapped.length + this.#awaited >= this.#atOnce) return;
    this.#reading = true;
    this.#source.next().then(
      (result) => {
        this.#reading = false;
        if (result.done) this.#ended = true;
        else if (!this.#ended) this.#keep(this.#map(result.value));
        this.#resume();
        this.#fill();
      },
      (error: unknown) => {
        this.#reading = false;
        if (!this.#ended) this.#keep(Promise.reject<U>(error));
        this.#ended = true;
        this.#resume();
      },
    );
  }

  #keep(value: Promise<U>): void {
    // Awaited in its turn; until then a failure must not count as unhandled.
    value.catch(() => undefined);
    this.#mapped.push(value);
  }

  #resume(): void {
    for (const resume of this.#waiting) resume();
    this.#waiting.clear();
  }
}
