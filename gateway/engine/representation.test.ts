// What makes an entity the same to its subgraph, and what must never be taken for the same.
import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { Requirement } from './plan.ts';
import { compileRepresentation } from './representation.ts';
import { TypeTable } from './types.ts';

const types = new TypeTable(parse('type Unit { id: ID! code: String kind: String }'));
const field = (name: string): Requirement => ({ kind: 'field', from: name, to: name, requirements: undefined });
const keyOf = (...names: readonly string[]): Requirement => ({
  kind: 'type',
  type: 'Unit',
  requirements: ['__typename', ...names].map(field),
});
const represent = (requirement: Requirement) =>
  compileRepresentation({ requirements: [requirement], input: [] }, 'stock', types).of;

describe('a representation', () => {
  it('is built of what is required and nothing else', () => {
    const { value, plainKeys } =
      represent(keyOf('id', 'code'))({ __typename: 'Unit', code: 'c', id: 'u1', kind: 'k' }) ?? {};
    expect({ value, plainKeys }).toEqual({ value: { __typename: 'Unit', id: 'u1', code: 'c' }, plainKeys: 3 });
  });

  it.each([
    [
      { id: 'a,1"b', code: 'c' },
      { id: 'a', code: 'b,1"c' },
    ],
    [
      { id: '1', code: 'c' },
      { id: 1, code: 'c' },
    ],
    [
      { id: 'true', code: 'c' },
      { id: true, code: 'c' },
    ],
    [
      { id: 'a', code: null },
      { id: 'a', code: 'null' },
    ],
    [
      { id: 'a', code: { of: 'c' } },
      { id: 'a', code: '{"of":"c"}' },
    ],
  ])('of %j has another text than of %j', (one, other) => {
    const of = represent(keyOf('id', 'code'));
    const textOf = (key: object) => of({ __typename: 'Unit', ...key })?.text;
    expect(textOf(one)).toEqual(expect.any(String));
    expect(textOf(one)).not.toBe(textOf(other));
    expect(textOf(one)).toBe(textOf(structuredClone(one)));
  });

  it('tells keys of other fields apart, though their values are the same', () => {
    const object = { __typename: 'Unit', id: 'u', code: 'u' };
    expect(represent(keyOf('id'))(object)?.text).not.toBe(represent(keyOf('code'))(object)?.text);
  });

  it.each([{ __typename: 'Other', id: 'u' }, { __typename: 'Unit' }, { id: 'u' }])('is not made of %j', (object) => {
    expect(represent(keyOf('id'))(object)).toBeUndefined();
  });
});
