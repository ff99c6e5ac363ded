// The transactional outbox: events are appended by the command's own transaction, so that an effect without its event, or an
// event without its effect, cannot exist. Positions come later, from the sequencer.
import type { Writer } from '../db/database.ts';
import { command } from '../db/statement.ts';
import { newId } from '../kernel/ids.ts';
import { currentTrace } from '../telemetry/trace.ts';
import type { NewEvent } from './contract.ts';

// append_id is drawn while the aggregate's row lock is held: events of one key get it in commit order.
const append = command(
  'outbox.append',
  `insert into event_log (append_id, id, type, version, partition_key, sequence, occurred_at, recorded_at,
     correlation_id, causation_id, traceparent, dataclass, data)
   select nextval('event_append'), e.id, e.type, e.version, e.key, e.sequence, e.occurred_at, $1, coalesce($2, e.id), $3, $4,
     e.dataclass, e.data
   from unnest($5::text[], $6::text[], $7::int[], $8::text[], $9::bigint[], $10::timestamptz[], $11::text[], $12::jsonb[])
     as e (id, type, version, key, sequence, occurred_at, dataclass, data)`,
);

export class Outbox {
  readonly #nudge: () => void;

  /** `nudge` tells the sequencer, after commit, that events wait. */
  constructor(nudge: () => void) {
    this.#nudge = nudge;
  }

  /** Appends events in the given order; they travel with COMMIT. Correlation, causation and trace are the current ones. */
  append(tx: Writer, events: readonly NewEvent[], recordedAt: Date): void {
    if (events.length === 0) return;
    const trace = currentTrace();
    tx.defer(append, [
      recordedAt,
      trace?.correlationId ?? null,
      trace?.causationId ?? null,
      trace?.traceparent ?? null,
      events.map(() => newId()),
      events.map((event) => event.contract.name),
      events.map((event) => event.contract.version),
      events.map((event) => event.key),
      events.map((event) => event.sequence),
      events.map((event) => event.occurredAt),
      events.map((event) => event.contract.dataclass),
      events.map((event) => JSON.stringify(event.data)),
    ]);
    tx.onCommit(this.#nudge);
  }
}
