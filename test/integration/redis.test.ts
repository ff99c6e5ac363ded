// The connection to Redis: refuses at once while the server is gone, and works again when it is back.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectRedis } from '#platform/cache/redis.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import { startRedis, type TestRedis } from '../kit/redis.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis({ own: true });
});
afterAll(() => redis.stop());

it('a server that dies is an error, not a wait, and comes back by itself', async () => {
  const client = connectRedis(redis.url, silentLogger);
  try {
    await expect.poll(() => client.set('a', '1').catch(() => undefined)).toBe('OK');
    await redis.kill();
    await expect.poll(() => client.status).not.toBe('ready');
    await expect(client.get('a')).rejects.toThrow('max retries per request limit');
    await redis.restart();
    await expect.poll(() => client.set('a', '2').catch(() => undefined), { timeout: 10_000 }).toBe('OK');
  } finally {
    client.disconnect();
  }
});
