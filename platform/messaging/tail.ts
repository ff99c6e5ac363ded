// The live end of one event log in one process: one reader, many bounded streams, and a ring of the last events so that a
// subscriber who reconnects usually needs no database. Older places are read from the log and joined without gap or double.
import { Fault } from '../errors/fault.ts';
import { sleep } from '../kernel/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import { Outage } from '../telemetry/outage.ts';
import type { StoredEvent } from './contract.ts';
import type { LogPosition } from './cursor.ts';
import type { EventLog, LogIdentity } from './event-log.ts';
import { type PushStream, pushStream } from './stream.ts';
import { Wakeable } from './wakeable.ts';

const RING = 20_000;
const BATCH = 1_000;
const POLL_MS = 500;
const BUFFER = 1_000;
/** How long a subscriber waits for the log's very first sequencer. */
const FIRST_SEQUENCER_MS = 2_000;
const FIRST_SEQUENCER_POLL_MS = 50;
/** A resume further back than this is cheaper as a snapshot. */
const MOST_REPLAYED = 100_000;

export interface TailSubscription {
  /** Events in order, each once, from behind the cursor or from now. */
  readonly events: PushStream<StoredEvent>;
  /** The cursor was too old or of another life of the log: send the present state first. */
  readonly snapshot: boolean;
  readonly identity: LogIdentity;
}

interface Subscriber {
  readonly stream: PushStream<StoredEvent>;
  readonly wanted: (event: StoredEvent) => boolean;
  /** Told up to here: what was read of the log may be ahead of the live end. */
  from: number;
}

export class EventTail {
  readonly #log: EventLog;
  readonly #outage: Outage;
  readonly #subscribers = new Set<Subscriber>();
  readonly #ring: StoredEvent[] = [];
  readonly #wake = new Wakeable();
  #identity: LogIdentity | undefined;
  #head = 0;
  #starting: Promise<void> | undefined;
  #wakeups: { close(): Promise<void> } | undefined;
  #running: Promise<void> | undefined;
  #stopping = false;

  constructor(log: EventLog, logger: Logger) {
    this.#log = log;
    this.#outage = new Outage(logger, { log: log.name });
  }

  /** Streams open now. */
  get subscribers(): number {
    return this.#subscribers.size;
  }

  /** Live events that `wanted` accepts, behind `after` when given. */
  async subscribe(wanted: (event: StoredEvent) => boolean, after?: LogPosition): Promise<TailSubscription> {
    this.#starting ??= this.#start();
    await this.#starting;
    if (!this.#identity?.logId) this.#identity = await this.#born();
    const identity = { ...this.#identity, head: this.#head };
    const backlog = after ? await this.#backlog(identity, after) : [];
    // From here to the end of this function nothing awaits: the ring cannot move between catching up and joining.
    const caughtUp = backlog && after ? [...backlog, ...this.#ring] : [];
    const subscriber: Subscriber = {
      wanted,
      from: backlog && after ? after.position : this.#head,
      stream: pushStream({
        capacity: BUFFER + caughtUp.length,
        overflow: tooSlow,
        onEnd: () => this.#subscribers.delete(subscriber),
      }),
    };
    for (const event of caughtUp) give(subscriber, event);
    this.#subscribers.add(subscriber);
    return {
      events: subscriber.stream,
      snapshot: after !== undefined && backlog === null,
      identity: { ...identity, head: this.#head },
    };
  }

  /** The log's identity. Its first sequencer gives it: a subscriber who is earlier waits, or its cursors would name no log. */
  async #born(): Promise<LogIdentity> {
    for (let waited = 0; ; waited += FIRST_SEQUENCER_POLL_MS) {
      const identity = await this.#log.identity();
      if (identity.logId || waited >= FIRST_SEQUENCER_MS) return identity;
      await sleep(FIRST_SEQUENCER_POLL_MS);
    }
  }

  /** What lies between the cursor and the ring; null when a snapshot is due. */
  async #backlog(identity: LogIdentity, after: LogPosition): Promise<StoredEvent[] | null> {
    if (after.logId !== identity.logId || after.epoch !== identity.epoch) return null;
    // Another process may be ahead of this one's live end, and have given its reader a cursor there.
    if (after.position > this.#head && after.position > (await this.#log.identity()).head) return null;
    if (identity.head - after.position > MOST_REPLAYED) return null;
    if (after.position + 1 < (await this.#log.oldestPosition())) return null;
    const events: StoredEvent[] = [];
    // The ring may move while we read: go on until it joins.
    for (let position = after.position; !this.#joins(position); ) {
      const batch = await this.#log.read(position, BATCH);
      const last = batch.at(-1);
      if (!last) break;
      for (const event of batch) events.push(event);
      position = last.position;
    }
    return events;
  }

  #joins(position: number): boolean {
    if (position >= this.#head) return true;
    const first = this.#ring[0];
    return first !== undefined && first.position <= position + 1;
  }

  async #start(): Promise<void> {
    this.#identity = await this.#log.identity();
    this.#head = this.#identity.head;
    this.#wakeups = this.#log.onNumbered(() => this.#wake.wake());
    this.#running = this.#follow();
  }

  async #follow(): Promise<void> {
    while (!this.#stopping) {
      try {
        const batch = await this.#log.read(this.#head, BATCH);
        this.#outage.over();
        // Asked for after the read: an epoch is raised before the first event of it is numbered.
        if (await this.#reborn()) continue;
        for (const event of batch) this.#publish(event);
        if (batch.length < BATCH) await this.#wake.sleep(POLL_MS);
      } catch (error) {
        this.#outage.failed(error, 'live events interrupted; retrying');
        await sleep(POLL_MS);
      }
    }
  }

  /** The log was restored while we followed it: what is remembered of it may not be true, and readers begin anew. */
  async #reborn(): Promise<boolean> {
    const now = await this.#log.identity();
    const before = this.#identity;
    if (!before?.logId || (before.logId === now.logId && before.epoch === now.epoch)) return false;
    this.#identity = now;
    this.#head = now.head;
    this.#ring.length = 0;
    for (const { stream } of [...this.#subscribers]) stream.fail(restored());
    return true;
  }

  #publish(event: StoredEvent): void {
    this.#head = event.position;
    this.#ring.push(event);
    // Trimmed in blocks: shifting a large array once per event would copy it each time.
    if (this.#ring.length > RING * 1.25) this.#ring.splice(0, this.#ring.length - RING);
    for (const subscriber of this.#subscribers) give(subscriber, event);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake.wake();
    await this.#running;
    await this.#wakeups?.close();
    for (const subscriber of [...this.#subscribers]) subscriber.stream.end();
  }
}

function restored(): Error {
  const message = 'The event log was restored; subscribe again with `after` = the last cursor received';
  return new Fault('DATABASE_UNAVAILABLE', message, { retryAfterMs: 0 });
}

/** Each event once and in order, from wherever it comes. */
function give(subscriber: Subscriber, event: StoredEvent): void {
  if (event.position <= subscriber.from) return;
  subscriber.from = event.position;
  if (subscriber.wanted(event)) subscriber.stream.push(event);
}

function tooSlow(): Error {
  return new Fault(
    'SUBSCRIBER_TOO_SLOW',
    'The subscriber reads too slowly; subscribe again with `after` = the last cursor received',
  );
}
