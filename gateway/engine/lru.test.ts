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

it('forgets as much as a heavy value needs, and does not keep one too heavy for it', () => {
  const lru = new Lru<string, number>(10, 5);
  for (const [index, key] of ['a', 'b', 'c'].entries()) lru.set(key, index, 2);
  expect([lru.get('a'), lru.get('b'), lru.get('c')]).toEqual([undefined, 1, 2]);
  lru.set('b', 3, 5);
  expect([lru.get('b'), lru.get('c'), lru.size]).toEqual([3, undefined, 1]);
  lru.set('d', 4, 6);
  expect([lru.get('d'), lru.get('b'), lru.size]).toEqual([undefined, 3, 1]);
});
