// One client's end of a shared stream: what it has not read yet, bounded, and what it may not be told any more, because a snapshot told
// it something newer.
import type { ExecutionResult } from 'graphql';
import { Fault } from '#platform/errors/fault.ts';
import type { Floor } from './floor.ts';
import type { SharedEvent } from './told-event.ts';
import { type Bounds, Unread } from './unread.ts';

interface Reader {
  resolve(result: IteratorResult<ExecutionResult, undefined>): void;
  reject(error: Error): void;
}

const DONE = { done: true, value: undefined } as const;

export class Subscriber implements AsyncIterableIterator<ExecutionResult> {
  /** Where it was told a snapshot before it came to this stream. */
  floor: Floor | undefined;
  readonly #onEnd: (subscriber: Subscriber) => void;
  readonly #unread: Unread;
  readonly #readers: Reader[] = [];
  #ended = false;
  #failure: Error | undefined;
  #room: PromiseWithResolvers<void> | undefined;

  constructor(most: Bounds, onEnd: (subscriber: Subscriber) => void) {
    this.#unread = new Unread(most);
    this.#onEnd = onEnd;
  }

  get hasRoom(): boolean {
    return this.#ended || this.#unread.hasRoom;
  }

  /** Settles when it has room, or has ended. */
  room(): Promise<void> {
    if (this.hasRoom) return Promise.resolve();
    this.#room ??= Promise.withResolvers<void>();
    return this.#room.promise;
  }

  push(event: SharedEvent): void {
    if (this.#ended || this.floor?.isAbove(event) || this.#isReadAtOnce(event)) return;
    if (!this.#unread.push(event)) this.fail(tooSlow());
  }

  /** What happened before it came, which it is not too slow for. */
  owe(events: readonly SharedEvent[]): void {
    for (const event of events) {
      if (!this.#ended && !this.floor?.isAbove(event) && !this.#isReadAtOnce(event)) this.#unread.owe(event);
    }
  }

  end(): void {
    this.#finish(undefined);
  }

  fail(error: Error): void {
    this.#finish(error);
  }

  next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    const event = this.#unread.shift();
    if (event) {
      this.#makeRoom();
      return Promise.resolve({ done: false, value: event.result });
    }
    if (this.#failure) return Promise.reject(this.#takeFailure());
    if (this.#ended) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    this.#unread.clear();
    this.#failure = undefined;
    this.#finish(undefined);
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #isReadAtOnce(event: SharedEvent): boolean {
    const reader = this.#readers.shift();
    reader?.resolve({ done: false, value: event.result });
    return reader !== undefined;
  }

  #makeRoom(): void {
    if (!this.#room || !this.hasRoom) return;
    this.#room.resolve();
    this.#room = undefined;
  }

  #finish(error: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = error;
    this.#makeRoom();
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

function tooSlow(): Fault {
  return new Fault('SUBSCRIBER_TOO_SLOW', 'The subscriber reads too slowly; subscribe again with `after`');
}
