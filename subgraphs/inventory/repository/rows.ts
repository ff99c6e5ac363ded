// How rows of the stock tables become domain values. numeric(18,3) arrives as text and becomes thousandths, exactly.
import type { RawRow } from '#platform/db/statement.ts';
import { quantity } from '#platform/kernel/quantity.ts';
import { type Position, thousandths } from '../position.ts';
import type { HolderKind, Reservation, ReservationStatus } from '../reservation.ts';

// The rows are our own tables', typed by their constraints; on the hot path a schema per row would only repeat those.
export function toPosition(row: RawRow): Position {
  return {
    sku: row.sku as string,
    location: row.location as string,
    uom: row.uom as string,
    onHand: thousandths(row.on_hand as string),
    reserved: thousandths(row.reserved as string),
    version: row.version as number,
  };
}

export function toReservation(row: RawRow): Reservation {
  return {
    id: row.id as string,
    sku: row.sku as string,
    location: row.location as string,
    quantity: quantity(thousandths(row.quantity as string), row.uom as string),
    holder: { kind: row.holder_kind as HolderKind, id: row.holder_id as string },
    channel: row.channel as string | null,
    status: row.status as ReservationStatus,
    expiresAt: row.expires_at as Date,
    createdAt: row.created_at as Date,
    clientId: row.client_id as string,
    customerId: row.customer_id as string | null,
  };
}
