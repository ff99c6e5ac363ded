// Words of a search: letters and digits on both sides, so that codes with hyphens are found.
import { expect, it } from 'vitest';
import type { Product } from './product.ts';
import { searchCursor, searchPosition, searchQuery, searchText } from './search.ts';

const product: Product = {
  id: 'P1',
  system: 'erp',
  externalId: '1',
  externalVersion: '1',
  changedAt: new Date(0),
  lastSeenAt: new Date(0),
  handle: 'deck-shoe',
  title: 'Deck Shoe',
  description: null,
  brand: 'Quay',
  categories: ['Clothing'],
  status: 'ACTIVE',
  version: 1,
  variants: [
    {
      sku: 'SHO-37',
      productId: 'P1',
      title: 'Deck Shoe, 37',
      gtins: ['09520001000003'],
      options: [],
      uom: 'EA',
      taxCategory: null,
      returnable: true,
      returnWindowDays: 30,
      trackInventory: true,
    },
  ],
};

it('every word of the text must begin a word', () => {
  expect(searchQuery('Deck  shoe')).toBe('deck:* & shoe:*');
});

it('what is no letter and no digit parts words and never reaches the query language', () => {
  expect(searchQuery("SHO-37 | !(a) & b:* 'c'")).toBe('sho:* & 37:* & a:* & b:* & c:*');
  expect(searchQuery('Naïve Straße 北')).toBe('naïve:* & straße:* & 北:*');
});

it('a text without words finds nothing, one with very many is cut', () => {
  expect(searchQuery(' -– ')).toBeNull();
  expect(searchQuery('a '.repeat(500))?.split(' & ')).toHaveLength(20);
});

it('a product is found by title, brand, category, handle, SKU and GTIN, in the words of the query', () => {
  expect(searchText(product)).toBe('deck shoe quay clothing deck shoe sho 37 deck shoe 37 09520001000003');
});

it('a very long product stays below what PostgreSQL indexes', () => {
  expect(searchText({ ...product, categories: Array.from({ length: 50 }, () => 'x'.repeat(9_000)) })).toHaveLength(
    100_000,
  );
});

it('a cursor says where a page ended', () => {
  expect(searchPosition(searchCursor({ title: 'Bowl "Big"', id: 'P1' }))).toEqual({ title: 'Bowl "Big"', id: 'P1' });
  expect(searchPosition(undefined)).toBeUndefined();
});
