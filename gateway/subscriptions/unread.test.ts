// What waits for a slow reader: bounded in number and size, merged by thing, whole for what is of no thing.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SharedEvent, sizeOf } from './told-event.ts';
import { Unread } from './unread.ts';

const eventOf = (n: number, thing?: string, text = ''): SharedEvent => ({
  id: String(n),
  thing,
  version: n,
  isSnapshot: false,
  result: { data: { n, text } },
});
const all = (unread: Unread) => {
  const told: (string | null)[] = [];
  for (let event = unread.shift(); event; event = unread.shift()) told.push(event.id);
  return told;
};
const LARGE = 1_000_000;

describe('events that wait for a reader', () => {
  it('are in order, and one too many is refused', () => {
    const unread = new Unread({ events: 2, size: LARGE });
    expect([1, 2, 3].map((n) => unread.push(eventOf(n)))).toEqual([true, true, false]);
    expect(all(unread)).toEqual(['1', '2']);
  });

  it('give up older states of a thing when there are too many, and none before', () => {
    const unread = new Unread({ events: 4, size: LARGE });
    const given = [eventOf(1, 'a'), eventOf(2, 'b'), eventOf(3), eventOf(4, 'a')];
    for (const event of given) unread.push(event);
    expect(unread.count).toBe(4);
    expect(unread.push(eventOf(5, 'c'))).toBe(true);
    // Full again: the one that comes takes the place of its thing's last.
    expect(unread.push(eventOf(6, 'b'))).toBe(true);
    expect(unread.push(eventOf(7, 'd'))).toBe(false);
    expect(all(unread)).toEqual(['3', '4', '5', '6']);
  });

  it('are bounded by what they weigh, whatever their number; one may be as large as it is', () => {
    const wide = 'x'.repeat(1_000);
    const size = sizeOf(eventOf(1, undefined, wide));
    const unread = new Unread({ events: 1_000, size: 3 * size });
    expect([1, 2, 3, 4].map((n) => unread.push(eventOf(n, undefined, wide)))).toEqual([true, true, true, false]);
    expect(unread.size).toBe(3 * size);
    unread.clear();
    expect(unread.push(eventOf(5, undefined, wide.repeat(10)))).toBe(true);
    expect(unread.push(eventOf(6))).toBe(false);
  });

  it('make room by weight as by number: a large state gives way to a small one of the same thing', () => {
    const wide = 'x'.repeat(1_000);
    const unread = new Unread({ events: 1_000, size: 2_500 });
    expect(unread.push(eventOf(1, 'a', wide))).toBe(true);
    expect(unread.push(eventOf(2, 'b', wide))).toBe(true);
    expect(unread.push(eventOf(3, 'a', wide))).toBe(true);
    expect(unread.push(eventOf(4, 'c', wide))).toBe(false);
    expect(all(unread)).toEqual(['2', '3']);
  });

  it('that were owed when a reader came are all there, and do not count as its slowness', () => {
    const unread = new Unread({ events: 2, size: LARGE });
    for (const n of [1, 2, 3]) unread.owe(eventOf(n));
    expect([4, 5, 6].map((n) => unread.push(eventOf(n)))).toEqual([true, true, false]);
    expect(all(unread)).toEqual(['1', '2', '3', '4', '5']);
    // Read: from here on it has what everybody has.
    expect([7, 8, 9].map((n) => unread.push(eventOf(n)))).toEqual([true, true, false]);
  });

  it('are within bounds whatever comes, the last state of each thing among them', () => {
    const thing = fc.constantFrom('a', 'b', 'c', 'd', undefined);
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ thing, width: fc.nat(60) }) },
      fc.constant('read' as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const most = { events: 8, size: 500 };
        const unread = new Unread(most);
        let [n, refused] = [0, false];
        const [given, read] = [new Map<string | undefined, number>(), new Map<string | undefined, number>()];
        const take = (event: SharedEvent | undefined) => {
          if (!event) return;
          expect(event.version).toBeGreaterThan(read.get(event.thing) ?? 0);
          read.set(event.thing, event.version ?? 0);
        };
        for (const next of steps) {
          n += 1;
          if (next === 'read') take(unread.shift());
          else if (unread.push(eventOf(n, next.thing, 'x'.repeat(next.width)))) given.set(next.thing, n);
          else refused = true;
          if (refused) break;
          expect(unread.count).toBeLessThanOrEqual(most.events);
          expect(unread.size).toBeLessThanOrEqual(most.size);
        }
        for (let event = unread.shift(); event; event = unread.shift()) take(event);
        expect(unread.size).toBe(0);
        expect(read).toEqual(given);
      }),
    );
  });
});
