// One client's end of a shared stream: what it has not read yet, bounded. When that is full, older states are given up for newer ones
// of the same thing; where there are none, the client is too slow.
import type { ExecutionResult } from 'graphql';
import { Fault } from '#platform/errors/fault.ts';

/** One event as all its readers get it. */
export interface SharedEvent {
  /** Its cursor; null where it tells none. */
  readonly id: string | null;
  /** The thing whose latest state it tells; undefined: every one of its events counts. */
  readonly thing: string | undefined;
  readonly result: ExecutionResult;
}

interface Reader {
  resolve(result: IteratorResult<ExecutionResult, undefined>): void;
  reject(error: Error): void;
}

const DONE = { done: true, value: undefined } as const;

export class Subscriber implements AsyncIterableIterator<ExecutionResult> {
  readonly #capacity: number;
  readonly #onEnd: (subscriber: Subscriber) => void;
  #unread: SharedEvent[] = [];
  readonly #readers: Reader[] = [];
  #ended = false;
  #failure: Error | undefined;

  constructor(capacity: number, onEnd: (subscriber: Subscriber) => void) {
    this.#capacity = capacity;
    this.#onEnd = onEnd;
  }

  get unread(): number {
    return this.#unread.length;
  }

  push(event: SharedEvent): void {
    if (this.#ended) return;
    const reader = this.#readers.shift();
    if (reader) return reader.resolve({ done: false, value: event.result });
    if (this.#unread.length >= this.#capacity) {
      this.#unread = latestOf(this.#unread);
      if (this.#unread.length >= this.#capacity) return this.fail(tooSlow());
    }
    this.#unread.push(event);
  }

  end(): void {
    this.#finish(undefined);
  }

  fail(error: Error): void {
    this.#finish(error);
  }

  next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    const event = this.#unread.shift();
    if (event) return Promise.resolve({ done: false, value: event.result });
    if (this.#failure) return Promise.reject(this.#takeFailure());
    if (this.#ended) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    this.#unread = [];
    this.#failure = undefined;
    this.#finish(undefined);
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #finish(error: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = error;
    for (const reader of this.#readers.splice(0)) {
      if (this.#failure) reader.reject(this.#takeFailure());
      else reader.resolve(DONE);
    }
    this.#onEnd(this);
  }

  #takeFailure(): Error {
    const failure = this.#failure ?? tooSlow();
    this.#failure = undefined;
    return failure;
  }
}

/** Of each thing its last state only, where that stands in the order; what is of no thing stays. */
export function latestOf(events: readonly SharedEvent[]): SharedEvent[] {
  const last = new Map<string, SharedEvent>();
  for (const event of events) if (event.thing !== undefined) last.set(event.thing, event);
  return events.filter((event) => event.thing === undefined || last.get(event.thing) === event);
}

function tooSlow(): Fault {
  return new Fault('SUBSCRIBER_TOO_SLOW', 'The subscriber reads too slowly; subscribe again with `after`');
}
