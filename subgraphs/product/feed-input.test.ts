// The feed's input: defaults, and for each wrong field its name and what would be right.
import { describe, expect, it } from 'vitest';
import { InvalidInput } from '#platform/errors/fault.ts';
import { parse } from '#platform/errors/parse.ts';
import { productInput, upsertInput } from './feed-input.ts';

const variant = { sku: 'mug-blue' };
const product = {
  externalId: '1',
  externalVersion: '1',
  changedAt: new Date('2026-06-01T00:00:00Z'),
  handle: 'mug',
  title: 'Mug',
  variants: [variant],
};
const withVariant = (fields: object) => ({ ...product, variants: [{ ...variant, ...fields }] });
const withPrice = (fields: object) => withVariant({ prices: [{ amount: '8.95', currency: 'GBP', ...fields }] });

function issues(input: unknown): string[] {
  try {
    parse(productInput, input);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return error.issues.map(({ path, message }) => `${path} ${message}`);
  }
}

describe('a product', () => {
  it('has the defaults the schema tells, and its SKUs in upper case', () => {
    expect(parse(productInput, product)).toMatchObject({
      status: 'ACTIVE',
      categories: [],
      brand: null,
      variants: [
        {
          sku: 'MUG-BLUE',
          title: 'Mug',
          gtins: [],
          options: [],
          uom: 'EA',
          returnable: true,
          returnWindowDays: 30,
          trackInventory: true,
          prices: null,
        },
      ],
    });
  });

  it('keeps GTINs as 14 digits, each once', () => {
    const [first] = parse(productInput, withVariant({ gtins: ['9520001000003', '09520001000003'] })).variants;
    expect(first?.gtins).toEqual(['09520001000003']);
  });

  it('has prices in minor units, for everybody and always unless said', () => {
    const [first] = parse(productInput, withPrice({})).variants;
    expect(first?.prices).toEqual([
      expect.objectContaining({ amount: 895n, type: 'LIST', channel: null, validFrom: new Date(0), validTo: null }),
    ]);
  });
});

describe('names the wrong field', () => {
  const from = new Date('2026-06-01T00:00:00Z');
  it.each<[string, unknown, RegExp]>([
    [
      'check digit',
      withVariant({ gtins: ['9520001000004'] }),
      /^variants\.0\.gtins\.0 .* check digit 4 where 3 belongs$/,
    ],
    ['handle', { ...product, handle: 'Blue Mug' }, /^handle must have lower-case letters/],
    ['empty title', { ...product, title: '' }, /^title must not be empty$/],
    ['no variants', { ...product, variants: [] }, /^variants must have at least one variant$/],
    ['empty SKU', withVariant({ sku: '  ' }), /^variants\.0\.sku must not be empty$/],
    ['unit', withVariant({ uom: 'BOX' }), /^variants\.0\.uom /],
    ['unstorable description', { ...product, description: 'a\u0000b' }, /^description .*U\+0000/],
    [
      'too many decimals',
      withPrice({ amount: '8.955' }),
      /^variants\.0\.prices\.0\.amount 8\.955 must be an amount of GBP/,
    ],
    ['negative amount', withPrice({ amount: '-1' }), /^variants\.0\.prices\.0\.amount -1 must be/],
    [
      'amount no column holds',
      withPrice({ amount: '99999999999999' }),
      /^variants\.0\.prices\.0\.amount .* at most 15 digits$/,
    ],
    ['currency', withPrice({ currency: 'XYZ' }), /^variants\.0\.prices\.0\.currency must be an ISO 4217 code/],
    ['location', withPrice({ location: '9520001000011' }), /^variants\.0\.prices\.0\.location GLN /],
    [
      'empty validity',
      withPrice({ validFrom: from, validTo: from }),
      /^variants\.0\.prices\.0\.validTo must be after validFrom$/,
    ],
  ])('%s', (_, input, expected) => {
    expect(issues(input)).toEqual([expect.stringMatching(expected)]);
  });
});

describe('a call', () => {
  const call = { idempotencyKey: 'k', system: 'erp', products: [] as unknown[] };

  it('may be empty: then only the checkpoint moves', () => {
    expect(parse(upsertInput, { ...call, checkpoint: 'c1' })).toMatchObject({ checkpoint: 'c1', products: [] });
  });

  it('has at most 500 products', () => {
    const products = Array.from({ length: 501 }, () => ({}));
    expect(() => parse(upsertInput, { ...call, products })).toThrow('products: must have at most 500 products a call');
    expect(() => parse(upsertInput, { ...call, products: products.slice(1) })).not.toThrow();
  });
});
