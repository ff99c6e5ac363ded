// What the inventory subgraph refuses, each a member of a mutation's result union, and how each is said.
import { formatMilli, quantity } from '#platform/kernel/quantity.ts';

export const rejections = {
  OUT_OF_STOCK: 'Less is available at that location than was asked for; nothing was reserved.',
  UNKNOWN_SKU: 'Neither the product subgraph nor the stock ledger knows the SKU.',
  UNKNOWN_LOCATION: 'No system of record has told of a location with this GLN.',
  STOCK_NOT_TRACKED: 'No stock is kept of the SKU: a service, a fee, a download.',
  UNIT_MISMATCH: 'The quantity is in another unit of measure than the stock of the SKU.',
  RESERVATION_NOT_FOUND: 'There is no reservation with this id.',
  RESERVATION_NOT_HELD: 'The reservation has ended: it was released, used, or it expired.',
  NOT_OWNER: 'Another system of record owns the record; nothing was written.',
} as const;

type RejectionCode = keyof typeof rejections;

function reject<Name extends string, Code extends RejectionCode, Details extends object>(
  name: Name,
  code: Code,
  message: string,
  details: Details,
) {
  return { __typename: name, code, message, ...details };
}

export type OutOfStock = ReturnType<typeof outOfStock>;
export function outOfStock(sku: string, location: string, available: bigint, uom: string) {
  const message = `Of ${sku} ${formatMilli(available)} ${uom} can still be promised at ${location}`;
  return reject('OutOfStock', 'OUT_OF_STOCK', message, { sku, available: quantity(available, uom) });
}

export type UnknownSku = ReturnType<typeof unknownSku>;
export function unknownSku(sku: string) {
  return reject('UnknownSku', 'UNKNOWN_SKU', `SKU ${sku} is not known here; it comes with the product feed`, { sku });
}

export type UnknownLocation = ReturnType<typeof unknownLocation>;
export function unknownLocation(location: string) {
  const message = `Location ${location} is not known here; its system of record tells of it with upsertLocations`;
  return reject('UnknownLocation', 'UNKNOWN_LOCATION', message, { location });
}

export type StockNotTracked = ReturnType<typeof stockNotTracked>;
export function stockNotTracked(sku: string) {
  return reject('StockNotTracked', 'STOCK_NOT_TRACKED', `No stock is kept of ${sku}`, { sku });
}

export type UnitMismatch = ReturnType<typeof unitMismatch>;
/** `uom` is the unit the stock is kept in. */
export function unitMismatch(sku: string, uom: string, given: string) {
  const message = `The stock of ${sku} is kept in ${uom}, not in ${given}`;
  return reject('UnitMismatch', 'UNIT_MISMATCH', message, { sku, uom });
}

export type ReservationNotFound = ReturnType<typeof reservationNotFound>;
export function reservationNotFound(reservationId: string) {
  const message = `There is no reservation ${reservationId}`;
  return reject('ReservationNotFound', 'RESERVATION_NOT_FOUND', message, { reservationId });
}

export type ReservationNotHeld<Status extends string> = ReturnType<typeof reservationNotHeld<Status>>;
export function reservationNotHeld<Status extends string>(reservationId: string, status: Status) {
  const message = `Reservation ${reservationId} is ${status.toLowerCase()}; make a new one`;
  return reject('ReservationNotHeld', 'RESERVATION_NOT_HELD', message, { reservationId, status });
}

export type NotOwner = ReturnType<typeof notOwner>;
export function notOwner(what: string, owner: string) {
  const message = `${what} belongs to ${owner}; only that system may change it`;
  return reject('NotOwner', 'NOT_OWNER', message, { owner });
}
