// The way from a cursor to where the shared stream is: an upstream of its own, shared with those at the same place, left where both
// streams stand at the same event. No faster than the first of its readers.
import type { ExecutionResult } from 'graphql';
import { Fault } from '#platform/errors/fault.ts';
import { Floor } from './floor.ts';
import { SnapshotMarks } from './snapshot-marks.ts';
import type { Subscriber } from './subscriber.ts';
import { type SharedEvent, type Stream, sizeOf } from './told-event.ts';
import type { Bounds } from './unread.ts';

export interface CatchUpOptions {
  readonly after: string;
  readonly opening: Promise<Stream | ExecutionResult>;
  readonly read: (result: ExecutionResult) => SharedEvent;
  /** What the shared stream told behind an event; undefined where it cannot be joined there. */
  readonly since: (id: string) => readonly SharedEvent[] | undefined;
  /** Runs once; `joining` go on with the shared stream. */
  readonly onEnd: (catchUp: CatchUp, joining: ReadonlySet<Subscriber>) => void;
  /** Told events kept for those who come later to the same place. */
  readonly most: Bounds;
}

export class CatchUp {
  /** Why it may not be opened; undefined when it is. */
  readonly opened: Promise<ExecutionResult | undefined>;
  readonly #options: CatchUpOptions;
  readonly #subscribers = new Set<Subscriber>();
  /** For those who come later; undefined when it has become too much. */
  #told: SharedEvent[] | undefined = [];
  #toldSize = 0;
  /**
   * What a snapshot told. Behind it the upstream leaves out what the snapshot was ahead of; the shared stream, which had no snapshot, does
   * not, and would go back to older states.
   */
  readonly #floor = new Floor();
  readonly #snapshots: SnapshotMarks;
  #last: string | null = null;
  #ended = false;

  constructor(options: CatchUpOptions) {
    this.#options = options;
    this.#snapshots = new SnapshotMarks(options.after);
    this.opened = this.#open();
    // Told to each who waits for it; where nobody does any more, it is no one's failure.
    this.opened.catch(() => undefined);
  }

  /** Whether who comes with this cursor can be told here all that follows it. */
  serves(after: string): boolean {
    return this.#told !== undefined && this.#options.after === after;
  }

  add(subscriber: Subscriber): void {
    subscriber.owe(this.#told ?? []);
    this.#subscribers.add(subscriber);
  }

  leave(subscriber: Subscriber): void {
    if (this.#subscribers.delete(subscriber) && this.#subscribers.size === 0) this.end();
  }

  /** The shared stream told this one: they may stand at the same event now. */
  joinAt(event: SharedEvent): void {
    if (event.id !== null && event.id === this.#last && this.#floor.isComparable) this.#join([]);
  }

  end(): void {
    this.#finish(new Set());
  }

  /** Both streams stand at the same event: `rest` is what the shared one told behind it. */
  #join(rest: readonly SharedEvent[]): void {
    for (const subscriber of [...this.#subscribers]) {
      subscriber.floor = this.#floor;
      subscriber.owe(rest);
    }
    this.#finish(this.#subscribers);
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
        await this.#room();
        const { done, value } = await stream.next();
        if (this.#ended) return;
        if (done) throw new Fault('SUBGRAPH_UNAVAILABLE', 'The subscription ended; subscribe again with `after`');
        this.#tell(this.#options.read(value));
      }
    } catch (error) {
      const lost = [...this.#subscribers];
      this.end();
      for (const subscriber of lost) subscriber.fail(error as Error);
    }
  }

  /** A long way is not told faster than it is read; who reads more slowly than the first is too slow. */
  async #room(): Promise<void> {
    const subscribers = [...this.#subscribers];
    if (subscribers.length === 0 || subscribers.some(({ hasRoom }) => hasRoom)) return;
    await Promise.race(subscribers.map((subscriber) => subscriber.room()));
  }

  #tell(told: SharedEvent): void {
    const event = this.#snapshots.marked(told);
    if (this.#floor.isAbove(event)) return;
    this.#keep(event);
    for (const subscriber of [...this.#subscribers]) subscriber.push(event);
    if (event.isSnapshot) this.#floor.raise(event);
    this.#last = event.isSnapshot ? null : event.id;
    // Its readers stay here if what they were told and what the shared stream tells cannot be compared.
    if (this.#last === null || !this.#floor.isComparable) return;
    const rest = this.#options.since(this.#last);
    if (rest) this.#join(rest);
  }

  #keep(event: SharedEvent): void {
    if (!this.#told) return;
    const { events, size } = this.#options.most;
    this.#toldSize += sizeOf(event);
    if (this.#told.length < events && this.#toldSize <= size) this.#told.push(event);
    else this.#told = undefined;
  }
}
