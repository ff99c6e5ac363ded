// One upstream for all who ask the same: each event is brought and written once. Who goes on behind a cursor catches up on an upstream
// of its own, shared with those at the same place, and joins where both streams stand at the same event: no gap, nothing twice.
import type { ExecutionResult } from 'graphql';
import { Fault } from '#platform/errors/fault.ts';
import { sleep } from '#platform/kernel/clock.ts';
import { CatchUp } from './catch-up.ts';
import { Floor } from './floor.ts';
import { History } from './history.ts';
import { SnapshotMarks } from './snapshot-marks.ts';
import { Subscriber } from './subscriber.ts';
import type { SharedEvent, Stream } from './told-event.ts';
import type { Bounds } from './unread.ts';

export interface SharedStreamOptions {
  /** Opens an upstream, behind a cursor or from now; or says why it may not be. */
  readonly open: (after: string | undefined) => Promise<Stream | ExecutionResult>;
  readonly read: (result: ExecutionResult) => SharedEvent;
  /** Runs once, when nobody may join any more: nobody reads, the upstream has ended for good, or it told a snapshot. */
  readonly onEnd: () => void;
  /** What a reader may be behind. */
  readonly most: Bounds;
}

/** What is remembered, so that who comes back soon needs no upstream. */
const REMEMBERED: Bounds = { events: 1_000, size: 8 * 1024 * 1024 };
/** A lost upstream is opened again, behind the last event, this often. */
const MOST_ATTEMPTS = 6;
const FIRST_PAUSE_MS = 100;

export class SharedStream {
  readonly #options: SharedStreamOptions;
  /** Everybody who waits or reads. */
  readonly #subscribers = new Set<Subscriber>();
  /** Those of them who get what the upstream tells. */
  readonly #live = new Set<Subscriber>();
  readonly #catchUps = new Set<CatchUp>();
  readonly #history = new History(REMEMBERED);
  #opening: Promise<Stream | ExecutionResult> | undefined;
  #upstream: Stream | undefined;
  #last: string | null = null;
  #snapshots = new SnapshotMarks(undefined);
  /** Behind a snapshot an upstream leaves out what that was ahead of: who was not told it would miss something. */
  #isClosed = false;
  readonly #floor = new Floor();
  #ended = false;

  constructor(options: SharedStreamOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return !this.#isClosed;
  }

  /** A stream of its own end; or why the upstream was refused. Undefined: nobody may join any more, there must be another one. */
  async join(after: string | undefined): Promise<Stream | ExecutionResult | undefined> {
    const subscriber = new Subscriber(this.#options.most, () => this.#leave(subscriber));
    // Counted from here: nobody else's leaving may close what this one waits for.
    this.#subscribers.add(subscriber);
    try {
      let refusal = await this.#opened();
      if (!refusal && this.#isClosed && !this.#ended) {
        await subscriber.return();
        return undefined;
      }
      refusal ??= await this.#begin(subscriber, after);
      if (!refusal) return subscriber;
      await subscriber.return();
      return refusal;
    } catch (error) {
      await subscriber.return();
      throw error;
    }
  }

  /** What is told from here on goes to it, now or once it has caught up. */
  async #begin(subscriber: Subscriber, after: string | undefined): Promise<ExecutionResult | undefined> {
    const since = after === undefined ? [] : this.#since(after);
    if (!since) return this.#catchUp(subscriber, after ?? '');
    subscriber.owe(since);
    this.#live.add(subscriber);
    return undefined;
  }

  async #opened(): Promise<ExecutionResult | undefined> {
    this.#opening ??= this.#options.open(undefined);
    let result: Stream | ExecutionResult;
    try {
      result = await this.#opening;
    } catch (error) {
      this.#end(error as Error);
      throw error;
    }
    if (!(Symbol.asyncIterator in result)) {
      this.#end(undefined);
      return result;
    }
    if (!this.#upstream) {
      this.#upstream = result;
      void this.#follow(result);
    }
    return undefined;
  }

  async #follow(stream: Stream): Promise<void> {
    for (let upstream: Stream | undefined = stream; upstream; ) {
      try {
        for (;;) {
          const { done, value } = await upstream.next();
          if (done || this.#ended) return this.#end(undefined);
          this.#publish(this.#snapshots.marked(this.#options.read(value)));
        }
      } catch (error) {
        upstream = await this.#reopen(error as Error);
      }
    }
  }

  /** Readers notice nothing where the upstream comes back soon and the last event's cursor is known. */
  async #reopen(error: Error): Promise<Stream | undefined> {
    const last = this.#last ?? undefined;
    // Behind a snapshot's cursor it would begin with what that was ahead of.
    const isLost = error instanceof Fault && error.retryable && last !== undefined && this.#floor.isComparable;
    this.#snapshots = new SnapshotMarks(last);
    for (let attempt = 0; isLost && attempt < MOST_ATTEMPTS && !this.#ended; attempt += 1) {
      await sleep(FIRST_PAUSE_MS * 2 ** attempt);
      const stream = await this.#tryToOpen(last);
      if (!stream) continue;
      if (this.#ended) void stream.return?.();
      else return (this.#upstream = stream);
    }
    this.#end(error);
    return undefined;
  }

  async #tryToOpen(after: string | undefined): Promise<Stream | undefined> {
    try {
      const stream = await this.#options.open(after);
      return Symbol.asyncIterator in stream ? stream : undefined;
    } catch {
      // Still away; the next attempt says more.
      return undefined;
    }
  }

  #publish(event: SharedEvent): void {
    this.#last = event.id;
    if (this.#floor.isAbove(event)) return;
    if (event.isSnapshot) {
      this.#floor.raise(event);
      this.#close();
    }
    if (!this.#isClosed) this.#history.push(event);
    for (const subscriber of this.#live) subscriber.push(event);
    if (!this.#isClosed) for (const catchUp of [...this.#catchUps]) catchUp.joinAt(event);
  }

  #since(after: string): readonly SharedEvent[] | undefined {
    return this.#isClosed ? undefined : this.#history.since(after);
  }

  #catchUp(subscriber: Subscriber, after: string): Promise<ExecutionResult | undefined> {
    const started = [...this.#catchUps].find((catchUp) => catchUp.serves(after));
    const catchUp = started ?? this.#startCatchUp(after);
    catchUp.add(subscriber);
    return catchUp.opened;
  }

  #startCatchUp(after: string): CatchUp {
    const catchUp = new CatchUp({
      after,
      opening: this.#options.open(after),
      read: this.#options.read,
      since: (id) => this.#since(id),
      most: REMEMBERED,
      onEnd: (ended, joining) => {
        this.#catchUps.delete(ended);
        for (const subscriber of joining) if (this.#subscribers.has(subscriber)) this.#live.add(subscriber);
      },
    });
    this.#catchUps.add(catchUp);
    return catchUp;
  }

  #leave(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
    this.#live.delete(subscriber);
    for (const catchUp of this.#catchUps) catchUp.leave(subscriber);
    this.#closeIfUnread();
  }

  async #closeOpening(): Promise<void> {
    try {
      const stream = await this.#opening;
      if (stream && Symbol.asyncIterator in stream) await stream.return?.();
    } catch {
      // It never opened, and who waited for it was told.
    }
  }

  #closeIfUnread(): void {
    if (this.#subscribers.size === 0) this.#end(undefined);
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#history.forget();
    this.#options.onEnd();
  }

  #end(error: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#close();
    for (const catchUp of this.#catchUps) catchUp.end();
    void this.#upstream?.return?.();
    void this.#closeOpening();
    for (const subscriber of [...this.#subscribers]) {
      if (error) subscriber.fail(error);
      else subscriber.end();
    }
  }
}
