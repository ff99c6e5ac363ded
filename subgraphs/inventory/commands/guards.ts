// What commands refuse whole callers for, before they look at stock: FORBIDDEN, and logged where a feed oversteps.
import { forbidden } from '#platform/graphql/authorization.ts';
import type { CommandContext } from '#platform/graphql/context.ts';
import { isElsewhere, ownsReservation, refuseSystem } from '../access.ts';
import type { Reservation } from '../reservation.ts';

/** FORBIDDEN for a token that names no system of record, or another than `claimed`. */
export function requireSystem({ principal, logger }: CommandContext, operation: string, claimed?: string): void {
  const refused = refuseSystem(principal, operation, claimed);
  if (refused === undefined) return;
  const { sub, clientId, system } = principal;
  logger.warn(
    { operation, sub, clientId, system, claimed },
    'a feed was refused: its token does not speak for the system',
  );
  throw forbidden(refused);
}

/** FORBIDDEN for a token that is bound to another location. */
export function requireLocation({ principal }: CommandContext, location: string): void {
  if (!isElsewhere(principal, location)) return;
  throw forbidden(`This token may change stock at ${principal.location ?? 'no location'}, not at ${location}`);
}

/** FORBIDDEN for somebody else's reservation. */
export function requireReservation({ principal }: CommandContext, reservation: Reservation): void {
  if (!ownsReservation(principal, reservation))
    throw forbidden(`Reservation ${reservation.id} belongs to somebody else`);
}
