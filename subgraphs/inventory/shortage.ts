// Shortages: what was taken is gone, and reservations that counted on it can no longer all be kept. Says which.
import { type Movement, type Position, type PositionKey, type Posting } from './position.ts';
import { isDue, type Reservation } from './reservation.ts';

export interface Shortage extends PositionKey {
  readonly uom: string;
  /** Reserved, but no longer there. */
  readonly shortBy: bigint;
  /** Newest first until they cover `shortBy`: who reserved first keeps. */
  readonly reservationIds: readonly string[];
  /** The movement that took it. */
  readonly cause: Movement;
}

/** How much of what is reserved, apart from `due`, the goods on hand do not cover. */
function shortBy({ onHand, reserved }: Position, due: bigint): bigint {
  const promised = reserved - due;
  const uncovered = promised - onHand;
  if (uncovered <= 0n) return 0n;
  return uncovered < promised ? uncovered : promised;
}

/** False: no shortage, whatever is held. True: look at the reservations. */
export function mayBeShort({ before, after }: Posting): boolean {
  return shortBy(after, 0n) > shortBy(before, 0n);
}

/**
 * The shortage a posting makes or deepens; undefined when reservations are as well covered as before it. What is due and waits
 * for the sweeper is not missed by anybody. `held` are the HELD reservations of the position.
 */
export function detectShortage(posting: Posting, held: readonly Reservation[], now: Date): Shortage | undefined {
  const { before, after, movements } = posting;
  const live = held.filter((reservation) => !isDue(reservation, now));
  const due = held
    .filter((reservation) => isDue(reservation, now))
    .reduce((sum, { quantity }) => sum + quantity.milli, 0n);
  const short = shortBy(after, due);
  const cause = movements.findLast(({ bucket, delta }) => bucket === 'ON_HAND' && delta < 0n);
  if (!cause || short <= shortBy(before, due)) return undefined;
  const newestFirst = live.toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1));
  const reservationIds: string[] = [];
  for (let uncovered = short; uncovered > 0n; ) {
    const reservation = newestFirst[reservationIds.length];
    if (!reservation) break;
    reservationIds.push(reservation.id);
    uncovered -= reservation.quantity.milli;
  }
  return { sku: after.sku, location: after.location, uom: after.uom, shortBy: short, reservationIds, cause };
}
