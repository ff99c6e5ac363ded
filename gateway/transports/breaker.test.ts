// A subgraph that is left alone: callers are told how long still, and then it is tried.
import { expect, it } from 'vitest';
import type { Fault } from '#platform/errors/fault.ts';
import { sleep } from '#platform/kernel/clock.ts';
import { Breaker } from './breaker.ts';
import { unavailable } from './read-answer.ts';

async function broken(): Promise<{ readonly told: () => Promise<number | 'tried'> }> {
  const breaker = new Breaker('shelf');
  let tried = false;
  const fail = async () => {
    tried = true;
    throw unavailable('shelf', undefined);
  };
  const told = async () => {
    tried = false;
    const fault = (await breaker.execute(fail).catch((error: unknown) => error)) as Fault;
    return tried ? 'tried' : (fault.retryAfterMs ?? 0);
  };
  for (let count = 0; count < 10; count += 1) expect(await told()).toBe('tried');
  return { told };
}

/** Two answers of one pause; pauses are random, and longer each time. */
async function twoOfOnePause(told: () => Promise<number | 'tried'>): Promise<readonly [number, number]> {
  for (;;) {
    const first = await told();
    await sleep(20);
    const second = await told();
    if (first !== 'tried' && second !== 'tried') return [first, second];
  }
}

it('tells what is left of the pause, after which the subgraph is tried', { timeout: 60_000 }, async () => {
  const { told } = await broken();
  const [first, second] = await twoOfOnePause(told);
  expect(second).toBeLessThan(first);
  expect(second).toBeGreaterThan(0);
  await sleep(second + 1);
  expect(await told()).toBe('tried');
});

it('is tried by one, whoever comes meanwhile, and used again when that went well', { timeout: 60_000 }, async () => {
  const breaker = new Breaker('shelf');
  const fail = () => Promise.reject(unavailable('shelf', undefined));
  for (let count = 0; count < 10; count += 1) await expect(breaker.execute(fail)).rejects.toThrow('did not answer');
  let trials = 0;
  const { promise: answered, resolve: answer } = Promise.withResolvers<string>();
  const ask = (isTrial: boolean) => {
    trials += isTrial ? 1 : 0;
    return answered;
  };
  // All at once, until one of them is let through.
  let waiting: Promise<unknown>[] = [];
  while (trials === 0) {
    await sleep(20);
    waiting = Array.from({ length: 5 }, () => breaker.execute(ask).catch((error: Fault) => error.retryAfterMs));
  }
  answer('well');
  expect(await Promise.all(waiting)).toEqual(['well', 1_000, 1_000, 1_000, 1_000]);
  expect(trials).toBe(1);
  expect(await breaker.execute(async (isTrial) => isTrial)).toBe(false);
});
