// A connection to Redis, for what may be lost: counters, deny-lists on their way. Whoever asks gets an answer or an error at once,
// never a wait for a server that is gone; the connection comes back by itself.
import { Redis } from 'ioredis';
import type { Logger } from '../telemetry/logger.ts';
import { Outage } from '../telemetry/outage.ts';

export type { Redis } from 'ioredis';

const CONNECT_MS = 5_000;
const COMMAND_MS = 1_000;
const MOST_PAUSE_MS = 2_000;

/** Not connected yet when it is returned. Commands reject while there is no connection. */
export function connectRedis(url: string, logger: Logger): Redis {
  const outage = new Outage(logger, { peer: 'redis' });
  const redis = new Redis(url, {
    connectTimeout: CONNECT_MS,
    commandTimeout: COMMAND_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(times * 100, MOST_PAUSE_MS),
  });
  // Unheard it would be printed by the driver, with each attempt.
  redis.on('error', (error: Error) => outage.failed(error.message, 'Redis connection lost'));
  redis.on('ready', () => outage.over());
  return redis;
}
