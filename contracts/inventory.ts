// Events of the inventory subgraph: movements, positions, reservations, shortages. Quantities are decimals of the unit.
import { z } from 'zod';
import { defineEvent } from '#platform/messaging/contract.ts';

const decimal = z.string();
const when = z.string();
const place = z.object({ sku: z.string(), location: z.string() });

export const movementTypes = ['RECEIPT', 'SALE', 'RETURN', 'ADJUST', 'RESERVE', 'RELEASE', 'OPENING'] as const;

export const movementRecorded = defineEvent({
  name: 'inventory.movement.recorded',
  version: 1,
  meaning: 'One line of the stock ledger was written.',
  key: 'sku@location',
  dataclass: 'INTERNAL',
  schema: place.extend({
    movementId: z.string(),
    type: z.enum(movementTypes),
    /** What the movement adds to its bucket; negative takes away. */
    delta: decimal,
    bucket: z.enum(['ON_HAND', 'RESERVED']),
    uom: z.string(),
    reasonCode: z.string().nullable(),
    documentRef: z.string().nullable(),
    occurredAt: when,
    ledgerSeq: z.number(),
  }),
});

export const positionChanged = defineEvent({
  name: 'inventory.position.changed',
  version: 1,
  meaning: 'The state of a stock position after a change; several changes may be told as one.',
  key: 'sku@location',
  dataclass: 'PUBLIC',
  schema: place.extend({
    onHand: decimal,
    reserved: decimal,
    available: decimal,
    uom: z.string(),
    version: z.number(),
  }),
});

export const holderKinds = ['CART', 'ORDER', 'PICKUP', 'TRANSFER'] as const;
export const reservationStatuses = ['HELD', 'ALLOCATED', 'CONSUMED', 'RELEASED', 'EXPIRED'] as const;

const ofReservation = {
  version: 1,
  key: 'sku@location',
  dataclass: 'INTERNAL',
  schema: place.extend({
    reservationId: z.string(),
    quantity: decimal,
    uom: z.string(),
    holder: z.object({ kind: z.enum(holderKinds), id: z.string() }),
    channel: z.string().nullable(),
    status: z.enum(reservationStatuses),
    expiresAt: when,
  }),
} as const;

export const reservationHeld = defineEvent({
  ...ofReservation,
  name: 'inventory.reservation.held',
  meaning: 'Stock was set aside for a holder until a time.',
});
export const reservationExtended = defineEvent({
  ...ofReservation,
  name: 'inventory.reservation.extended',
  meaning: 'A reservation will expire later than before.',
});
export const reservationReleased = defineEvent({
  ...ofReservation,
  name: 'inventory.reservation.released',
  meaning: 'The holder gave a reservation back.',
});
export const reservationExpired = defineEvent({
  ...ofReservation,
  name: 'inventory.reservation.expired',
  meaning: 'Nobody used a reservation in time.',
});

export const shortageDetected = defineEvent({
  name: 'inventory.shortage.detected',
  version: 1,
  meaning: 'A movement took stock that was reserved: the reservations named can no longer all be kept.',
  key: 'sku@location',
  dataclass: 'INTERNAL',
  schema: place.extend({
    shortBy: decimal,
    uom: z.string(),
    documentRef: z.string(),
    reservationIds: z.array(z.string()),
    occurredAt: when,
  }),
});
