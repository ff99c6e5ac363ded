// The guard as the settings say, with its connection to Redis where there is one.
import { connectRedis } from '#platform/cache/redis.ts';
import type { Config } from '#platform/config/config.ts';
import type { Logger } from '#platform/telemetry/logger.ts';
import { Guard } from './guarded-engine.ts';
import type { Introspection } from './introspection.ts';
import { type GivenLimits, readLimits } from './limit-settings.ts';
import { readTrustedDocuments } from './trusted-documents.ts';

export interface OpenGuard {
  readonly guard: Guard;
  close(): Promise<void>;
}

export interface OfGraph {
  /** What counts where LIMITS says nothing. */
  readonly limits?: GivenLimits;
  /** What counts where INTROSPECTION is not set. */
  readonly introspection: Introspection;
}

/** Throws CONFIGURATION_INVALID for a file that cannot be used. */
export function openGuard(config: Config, logger: Logger, ofGraph: OfGraph): OpenGuard {
  const limits = readLimits(config.LIMITS, ofGraph.limits);
  const trusted = readTrustedDocuments(config.TRUSTED_DOCUMENTS);
  const redis = config.REDIS_URL === undefined ? undefined : connectRedis(config.REDIS_URL, logger);
  return {
    guard: new Guard({ limits, trusted, redis, introspection: config.INTROSPECTION ?? ofGraph.introspection }),
    async close() {
      redis?.disconnect();
    },
  };
}
