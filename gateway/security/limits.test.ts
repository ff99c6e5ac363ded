// What is within the limits of an operation and what is not, on a schema with circles.
import { buildSchema, parse, specifiedRules, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { limitsOf } from './limit-settings.ts';
import { excessOf, setSizeLimits, withinLimits } from './limits.ts';

const schema = buildSchema(`
  type Query { product: Product  deep: Deep }
  type Mutation { change: Product }
  type Product { id: ID  variants: [Variant] }
  type Variant { sku: ID  product: Product }
  type Deep { id: ID ${Array.from({ length: 25 }, (_, at) => `d${at}: Deep`).join(' ')} }
`);
const excess = (text: string) => excessOf(schema, parse(text));
const circle = (turns: number) => `{ ${'product { variants { '.repeat(turns)} sku ${'} }'.repeat(turns)} }`;
const levels = (count: number) =>
  `{ deep { ${Array.from({ length: count - 2 }, (_, at) => `d${at} { `).join('')} id ${'}'.repeat(count - 2)} } }`;

describe('an operation', () => {
  it('may go back to where it came from once', () => {
    expect(excess(circle(2))).toBeUndefined();
  });

  it('that goes round in circles is refused, at the field where it begins again', () => {
    expect(excess(circle(3))).toBe(
      'product.variants.product.variants.product.variants: goes round in a circle; Product.variants may stand 2 times on one way',
    );
  });

  it('cannot hide a circle in fragments', () => {
    const hidden = `{ product { ...A } } fragment A on Product { variants { product { ...B } } }
      fragment B on Product { variants { ... on Variant { product { ...C } } } } fragment C on Product { variants { sku } }`;
    expect(excess(hidden)).toContain('goes round in a circle');
  });

  it('may be 20 levels deep and no deeper', () => {
    expect(excess(levels(20))).toBeUndefined();
    expect(excess(levels(21))).toContain('more than 20 levels deep');
  });

  it('may select 1,000 fields and no more, whether written out or by fragments that double', () => {
    const wide = (count: number) => `{ ${'product { id } '.repeat(count)} }`;
    expect(excess(wide(500))).toBeUndefined();
    expect(excess(wide(501))).toContain('more than 1000 fields');
    const doubling = Array.from({ length: 40 }, (_, at) => `fragment F${at} on Query { ...F${at + 1} ...F${at + 1} }`);
    expect(excess(`{ ...F0 } ${doubling.join(' ')} fragment F40 on Query { product { id } }`)).toContain('1000 fields');
  });

  it('may ask for one field under 20 names at one place, in fragments too, and have 200 aliases', () => {
    const names = (count: number) => Array.from({ length: count }, (_, at) => `a${at}: product { id }`).join(' ');
    expect(excess(`{ ${names(20)} }`)).toBeUndefined();
    expect(excess(`{ ${names(20)} ...F } fragment F on Query { other: product { id } }`)).toBe(
      'product: asked for under more than 20 names; ask for a list, or in several operations',
    );
    const places = (count: number) =>
      `{ deep { ${Array.from({ length: count }, (_, at) => `d${at} { ${'abcdefghij'.replaceAll(/./g, '$&: id ')} }`).join(' ')} } }`;
    expect(excess(places(20))).toBeUndefined();
    expect(excess(places(21))).toContain('more than 200 aliases');
  });

  it('may have four directives at one place', () => {
    const skip = (count: number) => `{ product ${'@skip(if: false) '.repeat(count)} { id } }`;
    expect(excess(skip(4))).toBeUndefined();
    expect(excess(skip(5))).toBe('There are 5 directives at one place, and may be 4');
    expect(excess(`query ${'@a '.repeat(5)} { product { id } }`)).toContain('5 directives');
  });

  it('may have ten mutations, under whatever names', () => {
    const mutations = (count: number) =>
      `mutation { ${Array.from({ length: count }, (_, at) => `a${at}: change { id }`).join(' ')} }`;
    expect(excess(mutations(10))).toBeUndefined();
    expect(excess(mutations(11))).toContain('has 11 mutations, and may have 10');
    const spread = `mutation { ...M } fragment M on Mutation ${mutations(11).slice(9)}`;
    expect(excess(spread)).toContain('has 11 mutations');
  });

  it('is held to what was set for its schema', () => {
    const small = buildSchema('type Query { a: Query b: ID }');
    setSizeLimits(small, { ...limitsOf({}), levels: 2, fields: 3 });
    expect(excessOf(small, parse('{ a { b } }'))).toBeUndefined();
    expect(excessOf(small, parse('{ a { a { b } } }'))).toContain('more than 2 levels');
    expect(excessOf(small, parse('{ b b b b }'))).toContain('more than 3 fields');
  });

  it('of a kind the schema does not have is refused, whatever it selects', () => {
    for (const text of ['subscription { x }', 'subscription { __typename }'])
      expect(validate(schema, parse(text), [...specifiedRules, withinLimits]).map(({ message }) => message)).toEqual([
        'The graph has no subscriptions',
      ]);
  });

  it('that spreads itself or asks for what is not there is left to the rules that say so', () => {
    const broken = parse('{ product { ...A  nowhere { id } } } fragment A on Product { ...A }');
    expect(excessOf(schema, broken)).toBeUndefined();
    const errors = validate(schema, broken, [...specifiedRules, withinLimits]);
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringContaining('nowhere'),
      'Cannot spread fragment "A" within itself.',
    ]);
  });
});
