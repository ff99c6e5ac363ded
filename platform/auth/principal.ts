// Who asks: the claims a request runs under. It crosses from gateway to subgraph as one string, in process and over HTTP alike.
import { z } from 'zod';
import { Fault } from '../errors/fault.ts';

export const principalSchema = z.object({
  /** Person or machine; for the audit only. */
  sub: z.string(),
  /** OAuth client or device: idempotency keys are scoped to it. */
  clientId: z.string(),
  roles: z.array(z.string()),
  scopes: z.array(z.string()),
  /** What the identity provider found to hold of the caller; a role counts as a policy of its name. */
  policies: z.array(z.string()).optional(),
  /** The shop a token of role `store` is bound to. */
  location: z.string().optional(),
  /** The customer a token of role `shopper` is bound to. */
  customerId: z.string().optional(),
  /** The system of record a feed's token speaks for. */
  system: z.string().optional(),
  /** The token's own name; what is revoked is named by it. */
  jti: z.string().optional(),
  /** Expiry, seconds since 1970. */
  exp: z.number().optional(),
});

export type Principal = z.output<typeof principalSchema>;

export const PRINCIPAL_HEADER = 'x-tillgraph-principal';

/** Nobody in particular: may read the catalogue, prices and availability. */
export const anonymous: Principal = { sub: 'anonymous', clientId: 'anonymous', roles: [], scopes: [] };

export function isAuthenticated(principal: Principal): boolean {
  return principal.sub !== anonymous.sub;
}

export function serializePrincipal(principal: Principal): string {
  return JSON.stringify(principal);
}

const parsed = new Map<string, Principal>();
const MOST_REMEMBERED = 1_000;

/** The principal of a serialised one; anonymous for none. The last ones are remembered: a till sends the same all day. */
export function parsePrincipal(text: string | undefined): Principal {
  if (text === undefined || text === '') return anonymous;
  const known = parsed.get(text);
  if (known) return known;
  let result: Principal;
  try {
    result = principalSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Fault('REQUEST_NOT_SIGNED', 'The principal sent to the subgraph cannot be read', { cause });
  }
  if (parsed.size >= MOST_REMEMBERED) parsed.clear();
  parsed.set(text, result);
  return result;
}

export function hasScopes(principal: Principal, anyOf: readonly (readonly string[])[]): boolean {
  return anyOf.some((allOf) => allOf.every((scope) => principal.scopes.includes(scope)));
}
