// Whose points a caller may see: a token bound to a customer that one's; staff everybody's; anybody else nobody's.
import type { Principal } from '#platform/auth/principal.ts';

const staff = ['store', 'operator'];

export function maySee(principal: Principal, customerId: string): boolean {
  return principal.customerId === customerId || seesAll(principal);
}

export function seesAll({ roles, customerId }: Principal): boolean {
  return customerId === undefined && roles.some((role) => staff.includes(role));
}
