// What a bounded map keeps and forgets.
import { expect, it } from 'vitest';
import { Lru } from './lru.ts';

it('forgets what was not used for longest, and nothing while there is room', () => {
  const lru = new Lru<string, number>(2);
  lru.set('a', 1);
  lru.set('b', 2);
  expect(lru.get('a')).toBe(1);
  lru.set('c', 3);
  expect([lru.get('a'), lru.get('b'), lru.get('c'), lru.size]).toEqual([1, undefined, 3, 2]);
});

it('setting a key again takes no room', () => {
  const lru = new Lru<string, number>(1);
  lru.set('a', 1);
  lru.set('a', 2);
  expect([lru.get('a'), lru.size]).toEqual([2, 1]);
});
