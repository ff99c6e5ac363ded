// How much a gateway takes on, and how it stops, as the settings say.
import type { Config } from '#platform/config/config.ts';
import type { ShutdownOptions } from './gateway.ts';
import type { OverloadOptions } from './http/overload.ts';

export function overloadOf(config: Config): OverloadOptions {
  return { mostInFlight: config.MOST_REQUESTS_IN_FLIGHT, latestMs: config.OVERLOAD_DELAY_MS };
}

export function shutdownOf(config: Config): ShutdownOptions {
  return { noticeMs: config.SHUTDOWN_NOTICE_SECONDS * 1_000, longestMs: config.SHUTDOWN_SECONDS * 1_000 };
}
