// The one place where a credential becomes a principal: tokens, keys of tills, and the deny-list in front of both. What is revoked is
// refused with the next request, however well it was known.
import { ApiKeys, readApiKeys } from '#platform/auth/api-keys.ts';
import type { Principal } from '#platform/auth/principal.ts';
import type { TokenVerifier } from '#platform/auth/tokens.ts';
import type { Redis } from '#platform/cache/redis.ts';
import type { Config } from '#platform/config/config.ts';
import { Fault } from '#platform/errors/fault.ts';
import { systemClock } from '#platform/kernel/clock.ts';
import type { Logger } from '#platform/telemetry/logger.ts';
import { RevocationFile } from './revocation-file.ts';
import { RevocationStream } from './revocation-stream.ts';
import { Revocations } from './revocations.ts';
import { type WatchedFile, watchedFile } from './watched-file.ts';

/** The verifier with the deny-list in front of it. */
export function refusingRevoked(tokens: TokenVerifier, revocations: Revocations): TokenVerifier {
  const passed = (principal: Principal): Principal => {
    if (revocations.isRevoked(principal)) throw new Fault('UNAUTHENTICATED', 'The token was revoked');
    return principal;
  };
  const { verifyKey } = tokens;
  return {
    ...tokens,
    verify: async (token) => passed(await tokens.verify(token)),
    ...(verifyKey ? { verifyKey: (key: string) => passed(verifyKey(key)) } : {}),
  };
}

export interface Identity {
  readonly tokens: TokenVerifier;
  readonly revocations: Revocations;
  stop(): Promise<void>;
}

export interface IdentityOptions {
  readonly config: Pick<Config, 'API_KEYS_FILE' | 'REVOCATIONS_FILE'>;
  readonly tokens: TokenVerifier;
  readonly redis: Redis | undefined;
  readonly logger: Logger;
}

/** As the settings say. Rejects with CONFIGURATION_INVALID for a file that cannot be used: nobody comes in for that. */
export async function openIdentity({ config, tokens, redis, logger }: IdentityOptions): Promise<Identity> {
  const nowMs = () => systemClock.now().getTime();
  const { API_KEYS_FILE: keysPath, REVOCATIONS_FILE: revocationsPath } = config;
  const revocations = new Revocations(nowMs, [
    ...(revocationsPath === undefined ? [] : [new RevocationFile(revocationsPath, logger)]),
    ...(redis === undefined ? [] : [new RevocationStream(redis)]),
  ]);
  await revocations.start();
  const keys = new ApiKeys(new Map(), nowMs);
  let file: WatchedFile | undefined;
  if (keysPath !== undefined) {
    file = watchedFile(keysPath, (text) => keys.replace(readApiKeys(text, keysPath)), { logger });
  }
  return {
    tokens: keysPath === undefined ? tokens : { ...tokens, verifyKey: (key) => keys.verify(key) },
    revocations,
    async stop() {
      file?.stop();
      await revocations.stop();
    },
  };
}
