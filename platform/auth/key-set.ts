// The keys of an identity provider, fetched when they are needed and kept while it is away. A key that is not known is asked about, but
// not more often than twice a minute, whatever tokens come.
import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';

/** After this the keys are asked for again: one that was taken back is not good for longer. */
const KEPT_MS = 600_000;
const PAUSE_MS = 30_000;
/** Where no key was ever heard of, nobody comes in: then more often. */
const FIRST_PAUSE_MS = 1_000;
const TIMEOUT_MS = 5_000;

export function providerKeys(url: URL, nowMs: () => number): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(url, {
    cacheMaxAge: KEPT_MS,
    cooldownDuration: PAUSE_MS,
    timeoutDuration: TIMEOUT_MS,
  });
  let failedAt = Number.NEGATIVE_INFINITY;
  return async (header, token) => {
    const known = remote.jwks();
    const isAway = nowMs() - failedAt < (known ? PAUSE_MS : FIRST_PAUSE_MS);
    if (isAway) return createLocalJWKSet(known ?? { keys: [] })(header, token);
    try {
      return await remote(header, token);
    } catch (error) {
      // These are about the token; anything else, about the provider.
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      failedAt = nowMs();
      if (!known) throw error;
      return createLocalJWKSet(known)(header, token);
    }
  };
}
