// Reservations: what may be set aside, for how long, and what becomes of it. Refuses to promise more than is available.
import type { holderKinds, reservationStatuses } from '#contracts/inventory.ts';
import type { Quantity } from '#platform/kernel/quantity.ts';
import { available, type Change, emptyPosition, type Position, type Posting, post } from './position.ts';
import {
  type OutOfStock,
  outOfStock,
  type ReservationNotFound,
  type ReservationNotHeld,
  reservationNotHeld,
} from './rejections.ts';
import { type PlaceRefusal, refusePlace, type Situation } from './situation.ts';

export type ReservationStatus = (typeof reservationStatuses)[number];
export type HolderKind = (typeof holderKinds)[number];

export interface Reservation {
  readonly id: string;
  readonly sku: string;
  readonly location: string;
  readonly quantity: Quantity;
  readonly holder: { readonly kind: HolderKind; readonly id: string };
  readonly channel: string | null;
  readonly status: ReservationStatus;
  readonly expiresAt: Date;
  readonly createdAt: Date;
  readonly clientId: string;
  readonly customerId: string | null;
}

export interface StockReserved {
  readonly __typename: 'StockReserved';
  readonly reservation: Reservation;
  readonly position: Position;
}
export interface ReservationExtended {
  readonly __typename: 'ReservationExtended';
  readonly reservation: Reservation;
}
export interface ReservationReleased {
  readonly __typename: 'ReservationReleased';
  readonly reservation: Reservation;
  readonly position: Position;
}

type NotHeld = ReservationNotHeld<ReservationStatus>;
export type ReserveOutcome = StockReserved | OutOfStock | PlaceRefusal;
export type ExtendOutcome = ReservationExtended | ReservationNotFound | NotHeld;
export type ReleaseOutcome = ReservationReleased | ReservationNotFound | NotHeld;

/** A decision: what to answer, and what to write when something changed. */
export interface Decision<Outcome> {
  readonly outcome: Outcome;
  readonly posting?: Posting;
}

export interface ReserveRequest {
  readonly reservation: Omit<Reservation, 'status'>;
  readonly movementId: string;
}

const releaseOf = (reservation: Reservation, movementId: string, reasonCode: string, at: Date): Change => ({
  id: movementId,
  type: 'RELEASE',
  delta: -reservation.quantity.milli,
  documentRef: null,
  reasonCode,
  reservationId: reservation.id,
  occurredAt: at,
});

/** Grants the whole quantity or nothing. */
export function decideReserve(
  situation: Situation,
  { reservation, movementId }: ReserveRequest,
): Decision<ReserveOutcome> {
  const { sku, location, quantity, createdAt } = reservation;
  const refused = refusePlace(situation, quantity.uom);
  if (refused) return { outcome: refused };
  const position = situation.position ?? emptyPosition(situation, quantity.uom);
  if (available(position) < quantity.milli) {
    return { outcome: outOfStock(sku, location, available(position), position.uom) };
  }
  const posting = post(position, [
    {
      id: movementId,
      type: 'RESERVE',
      delta: quantity.milli,
      documentRef: null,
      reasonCode: reservation.holder.kind,
      reservationId: reservation.id,
      occurredAt: createdAt,
    },
  ]);
  return {
    outcome: { __typename: 'StockReserved', reservation: { ...reservation, status: 'HELD' }, position: posting.after },
    posting,
  };
}

export function isDue(reservation: Reservation, now: Date): boolean {
  return reservation.status === 'HELD' && reservation.expiresAt <= now;
}

/** Gives back what due reservations of one position hold. */
export function expire(
  position: Position,
  due: readonly Reservation[],
  now: Date,
  newId: () => string,
): { posting: Posting; expired: Reservation[] } {
  const posting = post(
    position,
    due.map((reservation) => releaseOf(reservation, newId(), 'EXPIRED', now)),
  );
  return { posting, expired: due.map((reservation) => ({ ...reservation, status: 'EXPIRED' })) };
}

/** A later end; an earlier one than it has is not taken: the holder was promised that time. The reservation is held and not due. */
export function decideExtend(reservation: Reservation, until: Date): ExtendOutcome {
  if (reservation.status !== 'HELD') return reservationNotHeld(reservation.id, reservation.status);
  const expiresAt = until > reservation.expiresAt ? until : reservation.expiresAt;
  return { __typename: 'ReservationExtended', reservation: { ...reservation, expiresAt } };
}

/** Gives the quantity back to what can be promised. The reservation is not due. */
export function decideRelease(
  position: Position,
  reservation: Reservation,
  movementId: string,
  now: Date,
): Decision<ReleaseOutcome> {
  if (reservation.status !== 'HELD') return { outcome: reservationNotHeld(reservation.id, reservation.status) };
  const posting = post(position, [releaseOf(reservation, movementId, 'RELEASED', now)]);
  const released = { ...reservation, status: 'RELEASED' } as const;
  return { outcome: { __typename: 'ReservationReleased', reservation: released, position: posting.after }, posting };
}
