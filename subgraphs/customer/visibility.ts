// Whose data a caller may see and change: a token bound to a customer that one's; staff everybody's; anybody else nobody's.
import type { Principal } from '#platform/auth/principal.ts';
import { forbidden } from '#platform/graphql/authorization.ts';

const staff = ['store', 'operator'];

function isStaff({ roles, customerId }: Principal): boolean {
  return customerId === undefined && roles.some((role) => staff.includes(role));
}

export function maySee(principal: Principal, customerId: string): boolean {
  return principal.customerId === customerId || isStaff(principal);
}

/** FORBIDDEN whether that customer exists or not. */
export function requireOwn(principal: Principal, customerId: string): void {
  if (!maySee(principal, customerId)) throw forbidden('This token may change the data of its own customer only');
}

/** FORBIDDEN for whoever is not staff: to register somebody else, to vouch for an identity. */
export function requireStaff(principal: Principal, what: string): void {
  if (!isStaff(principal)) throw forbidden(`${what} needs a token of a store or an operator, not one of a customer`);
}
