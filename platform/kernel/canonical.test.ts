// One text for one value: equal inputs under an idempotency key compare equal, different ones never.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalJson } from './canonical.ts';
import { isId, newId } from './ids.ts';

const json = fc.jsonValue({ maxDepth: 4 }).filter((value) => !JSON.stringify(value).includes('-0'));
type Json = ReturnType<typeof JSON.parse>;

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, reversed(member)]),
  );
}

it('does not depend on the order of members, and says the value whole', () => {
  fc.assert(
    fc.property(json, (value: Json) => {
      const text = canonicalJson(value);
      expect(canonicalJson(reversed(value))).toBe(text);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

it('keeps order and gaps of lists, leaves undefined members out, and writes bigint and time as text', () => {
  expect(canonicalJson([2, 1])).not.toBe(canonicalJson([1, 2]));
  expect(canonicalJson([undefined, 1])).toBe('[null,1]');
  expect(canonicalJson({ b: undefined, a: 10n, at: new Date(0) })).toBe('{"a":"10","at":"1970-01-01T00:00:00.000Z"}');
  expect(() => canonicalJson({ f: () => 1 })).toThrow('no JSON form');
});

it('ids are unique and sort as they were made, also within a millisecond', () => {
  const ids = Array.from({ length: 10_000 }, () => newId());
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.toSorted()).toEqual(ids);
  expect(ids.every(isId)).toBe(true);
  expect(['', 'x', ids[0]?.toLowerCase() ?? '', `8${ids[0]?.slice(1)}`].some(isId)).toBe(false);
});
