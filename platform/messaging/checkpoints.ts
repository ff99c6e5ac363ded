// What a consumer has seen: its checkpoint, its inbox and its dead letters, all in the subgraph's own schema.
import { z } from 'zod';
import type { Writer } from '../db/database.ts';
import { command, statement } from '../db/statement.ts';
import type { StoredEvent } from './contract.ts';
import type { LogIdentity } from './event-log.ts';

const begin = command(
  'checkpoint.begin',
  `insert into consumer_checkpoint (consumer, log_id, epoch, position, updated_at) values ($1, $2, $3, 0, $4)
   on conflict do nothing`,
);
// Another process at work on the same consumer holds the row: skip, do not wait.
const lock = statement(
  'checkpoint.lock',
  'select log_id, epoch, position from consumer_checkpoint where consumer = $1 for update skip locked',
  z.object({ log_id: z.string(), epoch: z.number(), position: z.bigint() }),
);
const advance = command(
  'checkpoint.advance',
  'update consumer_checkpoint set log_id = $2, epoch = $3, position = $4, updated_at = $5 where consumer = $1',
);
const receive = statement(
  'inbox.receive',
  `insert into inbox (consumer, event_id, handled_at) select $1, id, $3 from unnest($2::text[]) as id
   on conflict do nothing returning event_id`,
  z.object({ event_id: z.string() }),
);
const bury = command(
  'deadLetter.bury',
  `insert into dead_letter (consumer, event_id, position, partition_key, type, error_code, error, attempts, event, failed_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing`,
);

export class Checkpoints {
  readonly #consumer: string;

  constructor(consumer: string) {
    this.#consumer = consumer;
  }

  /** The position handled last, locked until the transaction ends; null while another process has the lock. */
  async lock(tx: Writer, log: LogIdentity, now: Date): Promise<number | null> {
    let row = await tx.one(lock, [this.#consumer]);
    if (!row) {
      const created = await tx.run(begin, [this.#consumer, log.logId, log.epoch, now]);
      if (created === 0) return null;
      row = await tx.one(lock, [this.#consumer]);
    }
    if (!row) return null;
    // Another life of the log may have given the same positions to other events: read it whole, the inbox drops the known.
    return row.log_id === log.logId && row.epoch === log.epoch ? Number(row.position) : 0;
  }

  advance(tx: Writer, log: LogIdentity, position: number, now: Date): void {
    tx.defer(advance, [this.#consumer, log.logId, log.epoch, position, now]);
  }

  /** Those of the events that this consumer did not handle before, in their order. */
  async receive(tx: Writer, events: readonly StoredEvent[], now: Date): Promise<StoredEvent[]> {
    const rows = await tx.all(receive, [this.#consumer, events.map((event) => event.id), now]);
    if (rows.length === events.length) return [...events];
    const fresh = new Set(rows.map((row) => row.event_id));
    return events.filter((event) => fresh.has(event.id));
  }

  bury(tx: Writer, event: StoredEvent, error: unknown, attempts: number, now: Date): void {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'INTERNAL_SERVER_ERROR';
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    tx.defer(bury, [
      this.#consumer,
      event.id,
      event.position,
      event.key,
      event.type,
      code,
      text,
      attempts,
      JSON.stringify({ ...event, sequence: event.sequence.toString() }),
      now,
    ]);
  }
}
