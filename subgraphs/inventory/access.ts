// Who may see and change which stock: feeds speak for one system, tills for one location, shoppers for themselves.
import type { Principal } from '#platform/auth/principal.ts';
import type { Reservation } from './reservation.ts';

/** Why this token may not speak for a system of record; undefined when it may. */
export function refuseSystem(principal: Principal, operation: string, claimed?: string): string | undefined {
  const { system } = principal;
  if (system === undefined) {
    return `${operation} needs a token with the claim "system": the system of record it speaks for`;
  }
  if (claimed === undefined || claimed === system) return undefined;
  return `${operation} was sent for ${claimed} with a token that speaks for ${system}`;
}

/** True for a token that is bound to another location. */
export function isElsewhere({ roles, location: bound }: Principal, location: string): boolean {
  return (roles.includes('store') || bound !== undefined) && bound !== location;
}

/** A shopper sees own reservations, a till those at its location or made by it, an operator all, any other client its own. */
export function ownsReservation(principal: Principal, reservation: Reservation): boolean {
  const { roles, customerId, location, clientId } = principal;
  if (roles.includes('shopper') || customerId !== undefined) {
    return customerId !== undefined && customerId === reservation.customerId;
  }
  return roles.includes('operator') || location === reservation.location || clientId === reservation.clientId;
}
