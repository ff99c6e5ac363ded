// SQL of reservations. Every write happens under the lock of the reservation's position.
import type { Reader, Writer } from '#platform/db/database.ts';
import { command, statement } from '#platform/db/statement.ts';
import { formatMilli } from '#platform/kernel/quantity.ts';
import type { PositionKey, Posting } from '../position.ts';
import type { Reservation } from '../reservation.ts';
import type { Recorded } from './positions.ts';
import { toReservation } from './rows.ts';

const columns = `r.id, r.sku, r.location, r.quantity, r.uom, r.holder_kind, r.holder_id, r.channel, r.status, r.expires_at,
  r.created_at, r.client_id, r.customer_id`;

const byIds = statement(
  'reservation.byIds',
  `select ${columns} from reservation r where r.id = any($1)`,
  toReservation,
);

const held = statement(
  'reservation.heldAt',
  `select ${columns} from unnest($1::text[], $2::text[]) as k (sku, location)
   join reservation r on r.sku = k.sku and r.location = k.location and r.status = 'HELD'`,
  toReservation,
);

const due = statement(
  'reservation.dueAt',
  `select ${columns} from unnest($1::text[], $2::text[]) as k (sku, location)
   join reservation r on r.sku = k.sku and r.location = k.location and r.status = 'HELD'
   where r.expires_at <= $3 order by r.expires_at limit $4`,
  toReservation,
);

const updateAll = command(
  'reservation.update',
  `update reservation r set status = n.status, expires_at = n.expires_at, updated_at = $4
   from unnest($1::text[], $2::text[], $3::timestamptz[]) as n (id, status, expires_at) where r.id = n.id`,
);

// One statement for the three rows a reservation writes: at a busy position the lock is held for one round trip less.
const hold = command(
  'reservation.hold',
  `with held as (
     insert into reservation (id, sku, location, quantity, uom, holder_kind, holder_id, channel, status, expires_at, client_id,
       customer_id, created_at, updated_at)
     values ($1, $2, $3, $4::numeric, $5, $6, $7, $8, 'HELD', $9, $10, $11, $12, $12)
   ), ledger as (
     insert into stock_movement (sku, location, ledger_seq, id, type, bucket, delta, uom, reason_code, reservation_id,
       occurred_at, recorded_at, actor)
     values ($2, $3, $13, $14, 'RESERVE', 'RESERVED', $4::numeric, $5, $6, $1, $12, $12, $15)
   )
   update stock_position set reserved = $16, version = $13, updated_at = $12 where sku = $2 and location = $3`,
);

export function readReservations(db: Reader, ids: readonly string[]): Promise<Reservation[]> {
  return db.all(byIds, [ids]);
}

export function readReservation(db: Reader, id: string): Promise<Reservation | undefined> {
  return db.one(byIds, [[id]]);
}

/** The HELD reservations of these positions, due or not. */
export function readHeld(tx: Writer, keys: readonly PositionKey[]): Promise<Reservation[]> {
  return tx.all(held, [keys.map((key) => key.sku), keys.map((key) => key.location)]);
}

/** HELD reservations of these positions whose time is over, longest over first. */
export function readDue(tx: Writer, keys: readonly PositionKey[], now: Date, limit: number): Promise<Reservation[]> {
  return tx.all(due, [keys.map((key) => key.sku), keys.map((key) => key.location), now, limit]);
}

/** Writes status and end of reservations that are there. */
export function saveReservations(tx: Writer, reservations: readonly Reservation[], now: Date): void {
  if (reservations.length === 0) return;
  tx.defer(updateAll, [
    reservations.map(({ id }) => id),
    reservations.map(({ status }) => status),
    reservations.map(({ expiresAt }) => expiresAt),
    now,
  ]);
}

/** Writes a new reservation, its RESERVE line and the position after it. The position is locked. */
export function saveHold(tx: Writer, reservation: Reservation, posting: Posting, { actor, at }: Recorded): void {
  const { id, sku, location, quantity, holder, channel, expiresAt, clientId, customerId } = reservation;
  tx.defer(hold, [
    id,
    sku,
    location,
    formatMilli(quantity.milli),
    quantity.uom,
    holder.kind,
    holder.id,
    channel,
    expiresAt,
    clientId,
    customerId,
    at,
    posting.after.version,
    posting.movements[0]?.id,
    actor,
    formatMilli(posting.after.reserved),
  ]);
}
