// How changes of stock are told to others: one event per ledger line, one per changed position, one per change of a reservation.

import { positionKey } from '#contracts/identifiers.ts';
import {
  movementRecorded,
  positionChanged,
  reservationExpired,
  reservationExtended,
  reservationHeld,
  reservationReleased,
  shortageDetected,
} from '#contracts/inventory.ts';
import { formatMilli } from '#platform/kernel/quantity.ts';
import { event, type NewEvent } from '#platform/messaging/contract.ts';
import { available, type Movement, type Position, type Posting } from './position.ts';
import type { Reservation } from './reservation.ts';
import type { Shortage } from './shortage.ts';

/** All events of some postings: several changes of one position are told as one, its last state. */
export function postingEvents(postings: readonly Posting[], now: Date): NewEvent[] {
  return postings
    .filter(({ movements }) => movements.length > 0)
    .flatMap(({ movements, after }) => [...movements.map(movementEvent), positionEvent(after, now)]);
}

function movementEvent(movement: Movement): NewEvent {
  const { sku, location, id, type, bucket, delta, uom, reasonCode, documentRef, occurredAt, ledgerSeq } = movement;
  const data = {
    sku,
    location,
    movementId: id,
    type,
    bucket,
    delta: formatMilli(delta),
    uom,
    reasonCode,
    documentRef,
    ledgerSeq,
  };
  return event(movementRecorded, {
    key: positionKey(sku, location),
    sequence: ledgerSeq,
    occurredAt,
    data: { ...data, occurredAt: occurredAt.toISOString() },
  });
}

function positionEvent(position: Position, now: Date): NewEvent {
  const { sku, location, uom, version } = position;
  return event(positionChanged, {
    key: positionKey(sku, location),
    sequence: version,
    occurredAt: now,
    data: {
      sku,
      location,
      onHand: formatMilli(position.onHand),
      reserved: formatMilli(position.reserved),
      available: formatMilli(available(position)),
      uom,
      version,
    },
  });
}

const reservationContracts = {
  held: reservationHeld,
  extended: reservationExtended,
  released: reservationReleased,
  expired: reservationExpired,
} as const;

/** `version` is that of the position: an extension moves no stock and leaves it as it is. */
export function reservationEvent(
  happened: keyof typeof reservationContracts,
  reservation: Reservation,
  version: number,
  now: Date,
): NewEvent {
  const { id, sku, location, quantity, holder, channel, status, expiresAt } = reservation;
  return event(reservationContracts[happened] as typeof reservationHeld, {
    key: positionKey(sku, location),
    sequence: version,
    occurredAt: now,
    data: {
      reservationId: id,
      sku,
      location,
      quantity: formatMilli(quantity.milli),
      uom: quantity.uom,
      holder,
      channel,
      status,
      expiresAt: expiresAt.toISOString(),
    },
  });
}

export function shortageEvent(shortage: Shortage, version: number): NewEvent {
  const { sku, location, uom, shortBy, reservationIds, cause } = shortage;
  return event(shortageDetected, {
    key: positionKey(sku, location),
    sequence: version,
    occurredAt: cause.occurredAt,
    data: {
      sku,
      location,
      uom,
      shortBy: formatMilli(shortBy),
      reservationIds: [...reservationIds],
      documentRef: cause.documentRef ?? cause.id,
      occurredAt: cause.occurredAt.toISOString(),
    },
  });
}
