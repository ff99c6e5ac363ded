// A few at a time, and the first failure ends it.
import { expect, test } from 'vitest';
import { inParallel } from './concurrency.ts';

test('never more than asked for are under way, and all are done', async () => {
  let underWay = 0;
  let most = 0;
  const done: number[] = [];
  await inParallel([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise((resolve) => setTimeout(resolve, item % 3));
    underWay -= 1;
    done.push(item);
  });
  expect(most).toBe(3);
  expect(done.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test('a failure is thrown when the work under way has ended, and nothing new begins', async () => {
  const ended: number[] = [];
  const begun: number[] = [];
  const work = inParallel([1, 2, 3, 4, 5, 6], 2, async (item) => {
    begun.push(item);
    await new Promise((resolve) => setTimeout(resolve, item === 2 ? 1 : 10));
    if (item === 2) throw new Error('two fails');
    ended.push(item);
  });
  await expect(work).rejects.toThrow('two fails');
  expect(ended).toEqual([1]);
  expect(begun).toEqual([1, 2]);
});
