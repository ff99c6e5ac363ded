// SQL of positions and their ledger. Positions are locked in the order of (sku, location), whoever locks them; reservations
// are only changed under the lock of their position.
import type { Reader, Writer } from '#platform/db/database.ts';
import { command, type RawRow, statement } from '#platform/db/statement.ts';
import { formatMilli } from '#platform/kernel/quantity.ts';
import type { Position, PositionFilter, PositionKey, Posting } from '../position.ts';
import type { Situation } from '../situation.ts';
import { toPosition } from './rows.ts';

const columns = 'p.sku, p.location, p.uom, p.on_hand, p.reserved, p.version';

const byKeys = statement(
  'position.byKeys',
  `select ${columns} from unnest($1::text[], $2::text[]) as k (sku, location)
   join stock_position p on p.sku = k.sku and p.location = k.location`,
  toPosition,
);

const bySkus = statement(
  'position.bySkus',
  `select ${columns} from stock_position p where p.sku = any($1) order by p.sku, p.location`,
  toPosition,
);

const page = statement(
  'position.page',
  `select ${columns} from stock_position p
   where ($1::text[] is null or p.sku = any($1)) and ($2::text[] is null or p.location = any($2))
     and (p.sku, p.location) > ($3, $4)
   order by p.sku, p.location limit $5`,
  toPosition,
);

// Inner select: FOR UPDATE may not stand on the nullable side of an outer join. Having waited for the lock, it answers the
// row as it is then.
const situation = statement(
  'position.lockSituation',
  `select k.sku, k.location, l.gln is not null as location_known, i.uom as item_uom, i.track_inventory,
     i.sku is not null or exists (select from stock_position o where o.sku = k.sku) as sku_known,
     p.uom, p.on_hand, p.reserved, p.version
   from (select $1::text as sku, $2::text as location) k
   left join location l on l.gln = k.location
   left join stock_item i on i.sku = k.sku
   left join lateral (
     select * from stock_position s where s.sku = k.sku and s.location = k.location for update
   ) p on true`,
  toSituation,
);

function toSituation(row: RawRow): Situation {
  const sku = row.sku as string;
  const item =
    row.item_uom === null ? undefined : { sku, uom: row.item_uom as string, tracked: row.track_inventory as boolean };
  return {
    sku,
    location: row.location as string,
    locationKnown: row.location_known as boolean,
    skuKnown: row.sku_known as boolean,
    item,
    position: row.version === null ? undefined : toPosition(row),
  };
}

const lockKeys = statement(
  'position.lock',
  `select ${columns}, coalesce(i.track_inventory, true) as tracked
   from stock_position p join unnest($1::text[], $2::text[]) as k (sku, location) on p.sku = k.sku and p.location = k.location
   left join stock_item i on i.sku = p.sku
   order by p.sku, p.location for update of p`,
  (row) => ({ position: toPosition(row), tracked: row.tracked as boolean }),
);

// DO UPDATE changes nothing, but locks and answers a row that another transaction made first. The product master's unit
// comes before the one on the document.
const create = statement(
  'position.create',
  `insert into stock_position as p (sku, location, uom, updated_at)
   select k.sku, k.location, coalesce(i.uom, k.uom), $4 from unnest($1::text[], $2::text[], $3::text[]) as k (sku, location, uom)
   left join stock_item i on i.sku = k.sku where coalesce(i.track_inventory, true)
   order by k.sku, k.location
   on conflict (sku, location) do update set sku = excluded.sku
   returning ${columns}`,
  toPosition,
);

const lockOfReservation = statement(
  'position.lockOfReservation',
  `select ${columns} from reservation r join stock_position p on p.sku = r.sku and p.location = r.location
   where r.id = $1 for update of p`,
  toPosition,
);

const lockDue = statement(
  'position.lockDue',
  `select ${columns} from stock_position p
   where (p.sku, p.location) in (
     select d.sku, d.location from reservation d where d.status = 'HELD' and d.expires_at <= $1 order by d.expires_at limit $2
   ) order by p.sku, p.location for update of p skip locked`,
  toPosition,
);

const insertMovements = command(
  'movement.insert',
  `insert into stock_movement (sku, location, ledger_seq, id, type, bucket, delta, uom, reason_code, document_ref,
     reservation_id, occurred_at, recorded_at, actor)
   select m.sku, m.location, m.ledger_seq, m.id, m.type, m.bucket, m.delta, m.uom, m.reason_code, m.document_ref,
     m.reservation_id, m.occurred_at, $13, $14
   from unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::numeric[], $8::text[], $9::text[],
     $10::text[], $11::text[], $12::timestamptz[])
     as m (sku, location, ledger_seq, id, type, bucket, delta, uom, reason_code, document_ref, reservation_id, occurred_at)`,
);

const update = command(
  'position.update',
  `update stock_position p set on_hand = n.on_hand, reserved = n.reserved, version = n.version, updated_at = $6
   from unnest($1::text[], $2::text[], $3::numeric[], $4::numeric[], $5::int[]) as n (sku, location, on_hand, reserved, version)
   where p.sku = n.sku and p.location = n.location`,
);

/** What a document or a command says of a position before it is known whether there is one. */
export interface WantedPosition extends PositionKey {
  readonly uom: string;
}

export interface Recorded {
  readonly actor: string;
  readonly at: Date;
}

const keysOf = (keys: readonly PositionKey[]) => [keys.map((key) => key.sku), keys.map((key) => key.location)];

export function readPositions(db: Reader, keys: readonly PositionKey[]): Promise<Position[]> {
  return db.all(byKeys, keysOf(keys));
}

export function readPositionsOfSkus(db: Reader, skus: readonly string[]): Promise<Position[]> {
  return db.all(bySkus, [skus]);
}

/** Positions behind a key, in the order of keys. */
export function readPositionPage(
  db: Reader,
  { skus, locations }: PositionFilter,
  after: PositionKey,
  limit: number,
): Promise<Position[]> {
  return db.all(page, [skus, locations, after.sku, after.location, limit]);
}

export async function lockSituation(tx: Writer, { sku, location }: PositionKey): Promise<Situation> {
  const row = await tx.one(situation, [sku, location]);
  if (!row) throw new TypeError('position.lockSituation answers one row');
  return row;
}

/** Locks the positions, made where there is none yet. SKUs no stock is kept of have none and are left out. */
export async function lockPositions(tx: Writer, wanted: readonly WantedPosition[], now: Date): Promise<Position[]> {
  const there = await tx.all(lockKeys, keysOf(wanted));
  const found = new Set(there.map(({ position }) => `${position.sku}\n${position.location}`));
  const missing = wanted.filter(({ sku, location }) => !found.has(`${sku}\n${location}`));
  const locked = there.filter(({ tracked }) => tracked).map(({ position }) => position);
  if (missing.length === 0) return locked;
  const created = await tx.all(create, [...keysOf(missing), missing.map(({ uom }) => uom), now]);
  return [...locked, ...created];
}

export function lockPositionOfReservation(tx: Writer, reservationId: string): Promise<Position | undefined> {
  return tx.one(lockOfReservation, [reservationId]);
}

/** Positions with reservations due, as many as are free: another sweeper at work on a position is not waited for. */
export function lockPositionsDue(tx: Writer, now: Date, limit: number): Promise<Position[]> {
  return tx.all(lockDue, [now, limit]);
}

/** Writes the ledger lines and what they lead to. The positions are locked. */
export function savePostings(tx: Writer, postings: readonly Posting[], { actor, at }: Recorded): void {
  const lines = postings.flatMap(({ movements }) => movements);
  if (lines.length === 0) return;
  tx.defer(insertMovements, [
    ...keysOf(lines),
    lines.map((line) => line.ledgerSeq),
    lines.map((line) => line.id),
    lines.map((line) => line.type),
    lines.map((line) => line.bucket),
    lines.map((line) => formatMilli(line.delta)),
    lines.map((line) => line.uom),
    lines.map((line) => line.reasonCode),
    lines.map((line) => line.documentRef),
    lines.map((line) => line.reservationId),
    lines.map((line) => line.occurredAt),
    at,
    actor,
  ]);
  const states = postings.filter(({ movements }) => movements.length > 0).map((posting) => posting.after);
  tx.defer(update, [
    ...keysOf(states),
    states.map(({ onHand }) => formatMilli(onHand)),
    states.map(({ reserved }) => formatMilli(reserved)),
    states.map(({ version }) => version),
    at,
  ]);
}
