// The one place where a credential becomes a principal: tokens, keys of tills, and the deny-list in front of both. What is revoked is
// refused with the next request, however well it was known.
import type { Principal } from '#platform/auth/principal.ts';
import type { TokenVerifier } from '#platform/auth/tokens.ts';
import { Fault } from '#platform/errors/fault.ts';
import type { Revocations } from './revocations.ts';

/** The verifier with the deny-list in front of it. */
export function refusingRevoked(tokens: TokenVerifier, revocations: Revocations): TokenVerifier {
  const passed = (principal: Principal): Principal => {
    if (revocations.isRevoked(principal)) throw new Fault('UNAUTHENTICATED', 'The token was revoked');
    return principal;
  };
  return { ...tokens, verify: async (token) => passed(await tokens.verify(token)) };
}
