// One upstream for all who ask the same: each event is brought and written once. Who goes on behind a cursor catches up on an upstream
// of its own, shared with those at the same place, and joins where both streams stand at the same event: no gap, nothing twice.
import type { ExecutionResult } from 'graphql';
import { Fault } from '#platform/errors/fault.ts';
import { sleep } from '#platform/kernel/clock.ts';
import { type SharedEvent, Subscriber } from './subscriber.ts';

export type Stream = AsyncIterableIterator<ExecutionResult>;

export interface SharedStreamOptions {
  /** Opens an upstream, behind a cursor or from now; or says why it may not be. */
  readonly open: (after: string | undefined) => Promise<Stream | ExecutionResult>;
  readonly read: (result: ExecutionResult) => SharedEvent;
  /** Runs once, when nobody reads any more or the upstream has ended for good. */
  readonly onEnd: () => void;
  /** Events a reader may be behind. */
  readonly capacity: number;
}

/** Events remembered, so that who comes back soon needs no upstream. */
const REMEMBERED = 1_000;
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
  #remembered: SharedEvent[] = [];
  #opening: Promise<Stream | ExecutionResult> | undefined;
  #upstream: Stream | undefined;
  #ended = false;

  constructor(options: SharedStreamOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return !this.#ended;
  }

  /** A stream of its own end; or why the upstream was refused. */
  async join(after: string | undefined): Promise<Stream | ExecutionResult> {
    const subscriber = new Subscriber(this.#options.capacity, () => this.#leave(subscriber));
    // Counted from here: nobody else's leaving may close what this one waits for.
    this.#subscribers.add(subscriber);
    try {
      const refusal = (await this.#opened()) ?? (await this.#begin(subscriber, after));
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
    for (const event of since) subscriber.push(event);
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
          this.#publish(this.#options.read(value));
        }
      } catch (error) {
        upstream = await this.#reopen(error as Error);
      }
    }
  }

  /** Readers notice nothing where the upstream comes back soon and the last event's cursor is known. */
  async #reopen(error: Error): Promise<Stream | undefined> {
    const last = this.#remembered.at(-1)?.id ?? undefined;
    const isLost = error instanceof Fault && error.retryable && last !== undefined;
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
    this.#remembered.push(event);
    if (this.#remembered.length > REMEMBERED * 1.25) this.#remembered = this.#remembered.slice(-REMEMBERED);
    for (const subscriber of this.#live) subscriber.push(event);
    for (const catchUp of this.#catchUps) if (event.id !== null && catchUp.last === event.id) catchUp.join([]);
  }

  /** What was told since the cursor, from the first event that has it; undefined where it is not remembered. */
  #since(after: string): readonly SharedEvent[] | undefined {
    const index = this.#remembered.findIndex(({ id }) => id === after);
    return index < 0 ? undefined : this.#remembered.slice(index + 1);
  }

  #catchUp(subscriber: Subscriber, after: string): Promise<ExecutionResult | undefined> {
    const started = [...this.#catchUps].find((catchUp) => catchUp.after === after && catchUp.told);
    const catchUp = started ?? this.#startCatchUp(after);
    for (const event of catchUp.told ?? []) subscriber.push(event);
    catchUp.subscribers.add(subscriber);
    return catchUp.opened;
  }

  #startCatchUp(after: string): CatchUp {
    const catchUp = new CatchUp({
      after,
      opening: this.#options.open(after),
      read: this.#options.read,
      since: (id) => this.#since(id),
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

  #end(error: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.onEnd();
    for (const catchUp of this.#catchUps) catchUp.end();
    void this.#upstream?.return?.();
    void this.#closeOpening();
    for (const subscriber of [...this.#subscribers]) {
      if (error) subscriber.fail(error);
      else subscriber.end();
    }
  }
}

interface CatchUpOptions {
  readonly after: string;
  readonly opening: Promise<Stream | ExecutionResult>;
  readonly read: (result: ExecutionResult) => SharedEvent;
  readonly since: (id: string) => readonly SharedEvent[] | undefined;
  /** Runs once; `joining` go on with the shared stream. */
  readonly onEnd: (catchUp: CatchUp, joining: ReadonlySet<Subscriber>) => void;
}

/** The way from a cursor to where the shared stream is. */
class CatchUp {
  readonly subscribers = new Set<Subscriber>();
  /** For those who come later to the same place; undefined when it has become too much. */
  told: SharedEvent[] | undefined = [];
  /** Why it may not be opened; undefined when it is. */
  readonly opened: Promise<ExecutionResult | undefined>;
  last: string | null = null;
  readonly #options: CatchUpOptions;
  #ended = false;

  constructor(options: CatchUpOptions) {
    this.#options = options;
    this.opened = this.#open();
    // Told to each who waits for it; where nobody does any more, it is no one's failure.
    this.opened.catch(() => undefined);
  }

  get after(): string {
    return this.#options.after;
  }

  leave(subscriber: Subscriber): void {
    if (this.subscribers.delete(subscriber) && this.subscribers.size === 0) this.end();
  }

  /** Both streams stand at the same event: `rest` is what the shared one told behind it. */
  join(rest: readonly SharedEvent[]): void {
    for (const event of rest) for (const subscriber of [...this.subscribers]) subscriber.push(event);
    this.#finish(this.subscribers);
  }

  end(): void {
    this.#finish(new Set());
  }

  #finish(joining: ReadonlySet<Subscriber>): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.onEnd(this, joining);
    void this.#options.opening.then(
      (stream) => Symbol.asyncIterator in stream && void stream.return?.(),
      () => undefined,
    );
  }

  async #open(): Promise<ExecutionResult | undefined> {
    try {
      const stream = await this.#options.opening;
      if (Symbol.asyncIterator in stream) {
        void this.#follow(stream);
        return undefined;
      }
      this.end();
      return stream;
    } catch (error) {
      this.end();
      throw error;
    }
  }

  async #follow(stream: Stream): Promise<void> {
    try {
      while (!this.#ended) {
        const { done, value } = await stream.next();
        if (this.#ended) return;
        if (done) throw new Fault('SUBGRAPH_UNAVAILABLE', 'The subscription ended; subscribe again with `after`');
        this.#tell(this.#options.read(value));
      }
    } catch (error) {
      const lost = [...this.subscribers];
      this.end();
      for (const subscriber of lost) subscriber.fail(error as Error);
    }
  }

  #tell(event: SharedEvent): void {
    this.last = event.id;
    if (this.told && this.told.length < REMEMBERED) this.told.push(event);
    else this.told = undefined;
    for (const subscriber of [...this.subscribers]) subscriber.push(event);
    const rest = event.id === null ? undefined : this.#options.since(event.id);
    if (rest) this.join(rest);
  }
}
