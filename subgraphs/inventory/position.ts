// Stock positions and their ledger, in thousandths of a unit. A position is the fold of its movements; nothing else changes it.
import type { movementTypes } from '#contracts/inventory.ts';
import { parseMilli } from '#platform/kernel/quantity.ts';

export type MovementType = (typeof movementTypes)[number];
export type Bucket = 'ON_HAND' | 'RESERVED';

export interface PositionKey {
  readonly sku: string;
  readonly location: string;
}

/** Null means all. */
export interface PositionFilter {
  readonly skus: readonly string[] | null;
  readonly locations: readonly string[] | null;
}

export interface Position extends PositionKey {
  readonly uom: string;
  readonly onHand: bigint;
  readonly reserved: bigint;
  /** ledgerSeq of its last movement; 0 before the first. */
  readonly version: number;
}

/** A change before it is in the ledger. */
export interface Change {
  readonly id: string;
  readonly type: MovementType;
  /** Negative takes away. Never 0. */
  readonly delta: bigint;
  readonly documentRef: string | null;
  readonly reasonCode: string | null;
  readonly reservationId: string | null;
  /** The document's time. */
  readonly occurredAt: Date;
}

/** One line of the ledger; immutable. */
export interface Movement extends Change, PositionKey {
  readonly uom: string;
  readonly bucket: Bucket;
  /** 1, 2, 3 … within its position. */
  readonly ledgerSeq: number;
}

/** What some changes do to one position. */
export interface Posting {
  readonly before: Position;
  readonly after: Position;
  readonly movements: readonly Movement[];
}

const buckets: Record<MovementType, Bucket> = {
  RECEIPT: 'ON_HAND',
  OPENING: 'ON_HAND',
  SALE: 'ON_HAND',
  RETURN: 'ON_HAND',
  ADJUST: 'ON_HAND',
  RESERVE: 'RESERVED',
  RELEASE: 'RESERVED',
};

/** `"1.5"` → `1500n`. Throws for what numeric(18,3) cannot hold: it comes from our own tables and events. */
export function thousandths(decimal: string): bigint {
  const milli = parseMilli(decimal);
  if (milli === null) throw new TypeError(`${decimal} is no quantity`);
  return milli;
}

export function emptyPosition(key: PositionKey, uom: string): Position {
  return { sku: key.sku, location: key.location, uom, onHand: 0n, reserved: 0n, version: 0 };
}

/** What can still be promised; below 0 when more was sold or promised than is there. */
export function available(position: Position): bigint {
  return position.onHand - position.reserved;
}

/** Writes changes into the ledger of a position, in the given order. Changes of 0 are left out: they tell nothing. */
export function post(before: Position, changes: readonly Change[]): Posting {
  const { sku, location, uom } = before;
  let { onHand, reserved, version } = before;
  const movements: Movement[] = [];
  for (const change of changes) {
    if (change.delta === 0n) continue;
    const bucket = buckets[change.type];
    if (bucket === 'ON_HAND') onHand += change.delta;
    else reserved += change.delta;
    version += 1;
    movements.push({ ...change, sku, location, uom, bucket, ledgerSeq: version });
  }
  return { before, after: { sku, location, uom, onHand, reserved, version }, movements };
}

/** The position a ledger leads to. Throws for a ledger with a gap: it is not all there. */
export function fold(key: PositionKey, uom: string, ledger: readonly Movement[]): Position {
  const start = emptyPosition(key, uom);
  return ledger.reduce((position, movement) => {
    if (movement.ledgerSeq !== position.version + 1) {
      throw new RangeError(
        `Ledger of ${key.sku} at ${key.location} goes from ${position.version} to ${movement.ledgerSeq}`,
      );
    }
    return post(position, [movement]).after;
  }, start);
}

/** One posting of two, the second made on what the first led to. */
export function joined(first: Posting, second: Posting): Posting {
  return { before: first.before, after: second.after, movements: [...first.movements, ...second.movements] };
}
