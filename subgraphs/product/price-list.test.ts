// A new price list: what it no longer has goes, what it has anew comes, what stays is not touched.
import { expect, it } from 'vitest';
import { decidePrices } from './price-list.ts';
import type { FedPrice } from './product.ts';

const NOW = new Date('2026-06-15T12:00:00Z');
const EARLIER = new Date('2026-01-01T00:00:00Z');

function fed(amount: bigint, terms: Partial<FedPrice> = {}): FedPrice {
  const scope = { channel: null, location: null, customerGroup: null };
  const always = { validFrom: new Date(0), validTo: null };
  return { amount, currency: 'GBP', type: 'LIST', ...scope, taxIncluded: true, ...always, ...terms };
}
const known = (id: string, price: FedPrice) => ({ ...price, id, sku: 'MUG', recordedAt: EARLIER, supersededAt: null });

let made = 0;
const newId = () => {
  made += 1;
  return `N${made}`;
};
const decide = (list: FedPrice[], current: ReturnType<typeof known>[]) => {
  const { gone, added } = decidePrices('MUG', list, current, newId, NOW);
  return { gone: gone.map(({ id }) => id), added: added.map(({ amount }) => amount) };
};

it('the same list changes nothing, in whatever order it comes', () => {
  const list = [fed(895n), fed(806n, { channel: 'WEB' })];
  const current = list.map((price, index) => known(`P${index}`, price)).toReversed();
  expect(decide(list, current)).toEqual({ gone: [], added: [] });
});

it('another amount supersedes the price and adds one, recorded now', () => {
  const { gone, added } = decidePrices('MUG', [fed(995n)], [known('P1', fed(895n))], newId, NOW);
  expect(gone.map(({ id }) => id)).toEqual(['P1']);
  expect(added).toEqual([expect.objectContaining({ sku: 'MUG', amount: 995n, recordedAt: NOW, supersededAt: null })]);
});

it.each<[string, Partial<FedPrice>]>([
  ['currency', { currency: 'EUR' }],
  ['type', { type: 'SALE' }],
  ['channel', { channel: 'WEB' }],
  ['location', { location: '9520001000010' }],
  ['customer group', { customerGroup: 'STAFF' }],
  ['tax', { taxIncluded: false }],
  ['beginning', { validFrom: EARLIER }],
  ['end', { validTo: NOW }],
])('a price with another %s is another price', (_, terms) => {
  expect(decide([fed(895n, terms)], [known('P1', fed(895n))])).toEqual({ gone: ['P1'], added: [895n] });
});

it('a list that says the same price twice has it once', () => {
  expect(decide([fed(895n), fed(895n)], [])).toEqual({ gone: [], added: [895n] });
});

it('an empty list takes all prices away', () => {
  expect(decide([], [known('P1', fed(895n))])).toEqual({ gone: ['P1'], added: [] });
});
