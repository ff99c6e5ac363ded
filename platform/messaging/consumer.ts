// One named reader of one event log: checkpoint, inbox and effects commit together, events of one key stay in order.
// Retries in place with back-off; what cannot be handled goes to dead_letter and later events pass.
import type { Database, Writer } from '../db/database.ts';
import { Fault, InvalidInput } from '../errors/fault.ts';
import { type Clock, monotonicMs, sleep } from '../kernel/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import { Outage } from '../telemetry/outage.ts';
import { newTraceparent, runInTrace } from '../telemetry/trace.ts';
import { Checkpoints } from './checkpoints.ts';
import type { StoredEvent } from './contract.ts';
import type { EventLog, LogIdentity } from './event-log.ts';
import { Wakeable } from './wakeable.ts';

/** Applies events of one type, in order, inside the consumer's transaction. */
export type Handler = (tx: Writer, events: readonly StoredEvent[]) => Promise<void>;

export interface ConsumerDefinition {
  /** Unique within the subgraph; names its checkpoint, inbox rows and dead letters. */
  readonly name: string;
  readonly log: string;
  readonly handlers: Readonly<Record<string, Handler>>;
}

export interface ConsumerOptions {
  readonly db: Database;
  readonly log: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called after a batch committed: its own events wait for the sequencer. */
  readonly onCommit: () => void;
}

const BATCH = 200;
const POLL_MS = 500;
/** After a batch that was not full: an event alone is handled at once, under load those of this time share a transaction. */
const PAUSE_MS = 25;
/** A checkpoint moved by hand is seen after this at the latest. */
const LOOK_ANYWAY_MS = 10_000;
const MOST_ATTEMPTS = 5;

export class Consumer {
  readonly definition: ConsumerDefinition;
  readonly #options: ConsumerOptions;
  readonly #checkpoints: Checkpoints;
  readonly #wake = new Wakeable();
  #wakeups: { close(): Promise<void> } | undefined;
  #running: Promise<void> | undefined;
  #stopping = false;
  /** Position of the event that failed last, and how often. */
  #failure = { position: 0, attempts: 0 };
  #position = 0;
  /** The log's end at which this process last saw the consumer, and when. */
  #end = { logId: '', epoch: 0, head: 0, at: 0 };
  readonly #outage: Outage;

  constructor(definition: ConsumerDefinition, options: ConsumerOptions) {
    this.definition = definition;
    this.#options = options;
    this.#checkpoints = new Checkpoints(definition.name);
    this.#outage = new Outage(options.logger, { consumer: definition.name });
  }

  start(): void {
    this.#wakeups = this.#options.log.onNumbered(() => this.#wake.wake());
    this.#running = this.#loop();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake.wake();
    await this.#running;
    await this.#wakeups?.close();
  }

  /** Numbered events this consumer has not handled yet. */
  async lag(): Promise<number> {
    const { head } = await this.#options.log.identity();
    return Math.max(0, head - this.#position);
  }

  async #loop(): Promise<void> {
    while (!this.#stopping) {
      try {
        const handled = await this.#step();
        this.#outage.over();
        if (handled === 0) await this.#wake.sleep(POLL_MS);
        else if (handled < BATCH) await sleep(PAUSE_MS);
      } catch (error) {
        const failures = this.#outage.failed(error, 'consumer step failed; retrying');
        const { attempts } = this.#failure;
        await this.#wake.sleep(
          attempts > 0 ? Math.min(5_000, 50 * 2 ** attempts) : Math.min(1_000, 50 * 2 ** failures),
        );
      }
    }
  }

  /** Reads and handles one batch; answers how many events it passed. */
  async #step(): Promise<number> {
    const { db, log } = this.#options;
    // While an event keeps failing it is alone in its batch, so that its neighbours do not fail with it.
    const limit = this.#failure.attempts > 0 ? 1 : BATCH;
    const identity = await log.identity();
    if (this.#isAtEnd(identity)) return 0;
    let events: StoredEvent[] = [];
    try {
      return await db.transaction(`consume ${this.definition.name}`, async (tx) => {
        const position = await this.#checkpoints.lock(tx, identity, this.#options.clock.now());
        if (position === null) return 0;
        this.#position = position;
        events = position >= identity.head ? [] : await log.read(position, limit);
        const last = events.at(-1);
        if ((last?.position ?? position) >= identity.head) tx.onCommit(() => this.#reached(identity));
        if (!last) return 0;
        await this.#apply(tx, events);
        this.#checkpoints.advance(tx, identity, last.position, this.#options.clock.now());
        tx.onCommit(() => this.#committed(last.position));
        return events.length;
      });
    } catch (error) {
      await this.#failed(error, events);
      throw error;
    }
  }

  /** Nothing new: no transaction. To lock the checkpoint only to find that out cost an fsync for each poll. */
  #isAtEnd({ logId, epoch, head }: LogIdentity): boolean {
    const end = this.#end;
    return end.logId === logId && end.epoch === epoch && head <= end.head && monotonicMs() - end.at < LOOK_ANYWAY_MS;
  }

  #reached({ logId, epoch, head }: LogIdentity): void {
    this.#end = { logId, epoch, head, at: monotonicMs() };
  }

  #committed(position: number): void {
    this.#position = position;
    this.#failure = { position: 0, attempts: 0 };
    this.#options.onCommit();
  }

  async #apply(tx: Writer, events: readonly StoredEvent[]): Promise<void> {
    const relevant = events.filter((event) => this.definition.handlers[event.type] !== undefined);
    if (relevant.length === 0) return;
    const fresh = await this.#checkpoints.receive(tx, relevant, this.#options.clock.now());
    // Runs of one type are handled together, in order: a return never overtakes its sale.
    for (let from = 0; from < fresh.length; ) {
      const type = fresh[from]?.type ?? '';
      let to = from + 1;
      while (to < fresh.length && fresh[to]?.type === type) to += 1;
      await this.#handle(tx, type, fresh.slice(from, to));
      from = to;
    }
  }

  async #handle(tx: Writer, type: string, run: readonly StoredEvent[]): Promise<void> {
    const handler = this.definition.handlers[type];
    const first = run[0];
    if (!handler || !first) return;
    const trace = {
      traceparent: first.traceparent ?? newTraceparent(),
      correlationId: first.correlationId,
      causationId: first.id,
    };
    await runInTrace(trace, () => handler(tx, run));
  }

  async #failed(error: unknown, events: readonly StoredEvent[]): Promise<void> {
    const first = events[0];
    if (!first || (error instanceof Fault && error.code === 'DATABASE_UNAVAILABLE')) return;
    if (events.length > 1) {
      this.#failure = { position: first.position, attempts: Math.max(1, this.#failure.attempts) };
      return;
    }
    const attempts = this.#failure.position === first.position ? this.#failure.attempts + 1 : 1;
    this.#failure = { position: first.position, attempts };
    if (!(error instanceof InvalidInput) && attempts < MOST_ATTEMPTS) return;
    await this.#bury(first, error, attempts);
  }

  async #bury(event: StoredEvent, error: unknown, attempts: number): Promise<void> {
    const { db, log, clock, logger } = this.#options;
    const identity = await log.identity();
    await db.transaction(`bury ${this.definition.name}`, async (tx) => {
      const position = await this.#checkpoints.lock(tx, identity, clock.now());
      if (position === null || position >= event.position) return;
      this.#checkpoints.bury(tx, event, error, attempts, clock.now());
      this.#checkpoints.advance(tx, identity, event.position, clock.now());
      tx.onCommit(() => this.#committed(event.position));
    });
    logger.error(
      { consumer: this.definition.name, eventId: event.id, type: event.type, error },
      'event became a dead letter',
    );
  }
}
