// Budgets and counters that gateways share through Redis; while it is away each counts for itself, and nobody waits for it.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { anonymous, type Principal } from '#platform/auth/principal.ts';
import { connectRedis, type Redis } from '#platform/cache/redis.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import { ClientBudgets } from '../../gateway/security/client-budget.ts';
import { ObjectRates, type Touch } from '../../gateway/security/object-rates.ts';
import { principalOf } from '../kit/graph.ts';
import { startRedis, type TestRedis } from '../kit/redis.ts';

let server: TestRedis;
let connections: Redis[];
beforeAll(async () => {
  server = await startRedis({ own: true });
  connections = [1, 2].map(() => connectRedis(server.url, silentLogger));
});
afterAll(async () => {
  for (const connection of connections ?? []) connection.disconnect();
  await server?.stop();
});

const ready = () =>
  expect.poll(() => connections.map(({ status }) => status), { timeout: 10_000 }).toEqual(['ready', 'ready']);
const rate = { field: 'adjust', keys: ['sku'], points: 3, seconds: 60 };
const touch = (sku: string): Touch => ({ rate, given: new Map([['sku', { constant: sku }]]) });

it('two gateways share what a client and an object have, and go on alone while Redis is away', async () => {
  await ready();
  const kinds = { '*': { perSecond: 1, burst: 60 } };
  const [one, other] = connections.map((redis) => new ClientBudgets(kinds, redis));
  const [rates, otherRates] = connections.map((redis) => new ObjectRates([rate], redis));
  if (!one || !other || !rates || !otherRates) throw new Error('there are two of each');
  const till = principalOf('store', { clientId: 'till' });
  const taken = async (budgets: ClientBudgets, cost: number, who: Principal = till, address?: string) =>
    (await budgets.take(who, address, cost)) === 0;

  expect(await taken(one, 40)).toBe(true);
  expect(await taken(other, 40)).toBe(false);
  expect(await taken(other, 10, anonymous, '203.0.113.1')).toBe(true);
  expect(await rates.count([touch('MUG'), touch('MUG')], {})).toBeUndefined();
  expect(await otherRates.count([touch('mug'), touch('CUP')], {})).toBeUndefined();
  expect(await otherRates.count([touch('MUG')], {})).toMatchObject({ field: 'adjust', object: 'MUG' });

  await server.kill();
  await expect.poll(() => connections.map(({ status }) => status !== 'ready')).toEqual([true, true]);
  expect([await taken(one, 40), await taken(one, 40), await taken(other, 40)]).toEqual([true, false, true]);
  expect(await rates.count([touch('MUG')], {})).toBeUndefined();

  await server.restart();
  await ready();
  expect([await taken(one, 40), await taken(other, 40)]).toEqual([true, false]);
});
