// Whose rows these are: a shopper sees and returns own orders, a shop's token its own shop's, an operator all, anybody else none,
// whatever scopes an identity provider gave.
import type { Principal } from '#platform/auth/principal.ts';

interface Owned {
  readonly location: string;
  readonly customerId: string | null;
}

const has = ({ roles }: Principal, ...anyOf: readonly string[]) => roles.some((role) => anyOf.includes(role));

export function maySee(principal: Principal, row: Owned): boolean {
  if (principal.customerId !== undefined) return row.customerId === principal.customerId;
  if (principal.location !== undefined) return row.location === principal.location;
  return has(principal, 'operator');
}

/** Goods may come back to any shop; a shopper announces own goods only. */
export function mayWriteReturn(principal: Principal, order: Owned): boolean {
  if (principal.customerId !== undefined) return order.customerId === principal.customerId;
  return has(principal, 'store', 'operator');
}

export interface Scope {
  readonly location: string | null;
  readonly customerId: string | null;
}

/** Narrows what was asked for to what the caller may see; undefined when nothing is both. */
export function narrow(principal: Principal, wanted: Scope): Scope | undefined {
  const bound = principal.location !== undefined || principal.customerId !== undefined;
  if (!bound && !has(principal, 'operator')) return undefined;
  const { location = wanted.location, customerId = wanted.customerId } = principal;
  const foreign =
    (wanted.location !== null && wanted.location !== location) ||
    (wanted.customerId !== null && wanted.customerId !== customerId);
  return foreign ? undefined : { location, customerId };
}
