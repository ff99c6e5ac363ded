// What is within the limits of an operation and what is not, on a schema with circles.
import { buildSchema, parse, specifiedRules, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { excessOf, withinLimits } from './limits.ts';

const schema = buildSchema(`
  type Query { product: Product  deep: Deep }
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

  it('may select 1,000 fields and no more, whether under aliases or by fragments that double', () => {
    const aliases = (count: number) =>
      `{ ${Array.from({ length: count }, (_, at) => `a${at}: product { id }`).join(' ')} }`;
    expect(excess(aliases(500))).toBeUndefined();
    expect(excess(aliases(501))).toContain('more than 1000 fields');
    const doubling = Array.from({ length: 40 }, (_, at) => `fragment F${at} on Query { ...F${at + 1} ...F${at + 1} }`);
    expect(excess(`{ ...F0 } ${doubling.join(' ')} fragment F40 on Query { product { id } }`)).toContain('1000 fields');
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
