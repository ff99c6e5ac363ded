// Reading a subgraph's event log by position. Gap-free: what has a position was committed before, and no lower position
// can appear later.
import { z } from 'zod';
import type { Database } from '../db/database.ts';
import { statement } from '../db/statement.ts';
import type { DataClass, StoredEvent } from './contract.ts';

export interface LogIdentity {
  readonly logId: string;
  readonly epoch: number;
  /** Position of the last numbered event; 0 when there is none. */
  readonly head: number;
}

const stateRow = z.object({ log_id: z.string(), epoch: z.number(), last_position: z.bigint() });
const readState = statement('log.state', 'select log_id, epoch, last_position from event_log_state', stateRow);

const eventColumns = `position, id, type, version, partition_key, sequence, occurred_at, recorded_at, correlation_id,
  causation_id, traceparent, dataclass, data`;

// The rows are our own table's, typed by its constraints; a payload is parsed by its contract where it is used.
function toEvent(row: Record<string, unknown>): StoredEvent {
  return {
    position: Number(row.position),
    id: row.id as string,
    type: row.type as string,
    version: row.version as number,
    key: row.partition_key as string,
    sequence: row.sequence as bigint,
    occurredAt: row.occurred_at as Date,
    recordedAt: row.recorded_at as Date,
    correlationId: row.correlation_id as string,
    causationId: row.causation_id as string | null,
    traceparent: row.traceparent as string | null,
    dataclass: row.dataclass as DataClass,
    data: row.data,
  };
}

const readAfter = statement(
  'log.readAfter',
  `select ${eventColumns} from event_log where position > $1 order by position limit $2`,
  toEvent,
);
const oldest = statement(
  'log.oldest',
  'select position from event_log where position is not null order by position limit 1',
  z.object({ position: z.bigint() }),
);

const unnumbered = statement(
  'log.unnumbered',
  'select count(*) as waiting from event_log where position is null',
  z.object({ waiting: z.bigint() }),
);

export class EventLog {
  readonly name: string;
  readonly #db: Database;

  constructor(name: string, db: Database) {
    this.name = name;
    this.#db = db;
  }

  async identity(): Promise<LogIdentity> {
    const row = await this.#db.one(readState);
    if (!row) return { logId: '', epoch: 0, head: 0 };
    return { logId: row.log_id, epoch: row.epoch, head: Number(row.last_position) };
  }

  /** The next events after a position, in order, `limit` at most. */
  read(after: number, limit: number): Promise<StoredEvent[]> {
    return this.#db.all(readAfter, [after, limit]);
  }

  /** The first position still kept; 0 for an empty log. */
  async oldestPosition(): Promise<number> {
    return Number((await this.#db.one(oldest))?.position ?? 0n);
  }

  /** Committed events the sequencer has not numbered yet. */
  async unnumbered(): Promise<number> {
    return Number((await this.#db.one(unnumbered))?.waiting ?? 0n);
  }

  /** Calls `wake` whenever new events were numbered, by whichever process. Also poll: a wake-up may be lost. */
  onNumbered(wake: () => void): { close(): Promise<void> } {
    return this.#db.listen(numberedChannel(this.#db.schema), wake);
  }
}

export function numberedChannel(schema: string): string {
  return `${schema}_log`;
}
