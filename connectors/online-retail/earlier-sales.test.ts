// Which sale a cancellation belongs to.
import { expect, test } from 'vitest';
import { EarlierSales, returnedKey } from './earlier-sales.ts';
import type { Ticket } from './mapping.ts';

type Goods = readonly (readonly [sku: string | null, quantity: bigint])[];

function ticket(kind: Ticket['kind'], invoice: string, customer: string | null, goods: Goods): Ticket {
  const lines = goods.map(([sku, quantity], index) => {
    return { lineNo: index + 1, sku, description: '', quantity, unitPrice: 100n, total: quantity * 100n };
  });
  const till = {
    workstation: 'replay',
    sequence: 1,
    businessDate: '2010-12-01',
    occurredAt: '2010-12-01T08:26:00.000Z',
  };
  return { kind, invoice, transactionId: `id of ${invoice}`, customer, lines, total: 0n, ...till };
}

function salesOf(...sales: Ticket[]): EarlierSales {
  const wanted = ['anna', 'ben'].flatMap((customer) => ['MUG', 'BOWL'].map((sku) => returnedKey(customer, sku)));
  const earlier = new EarlierSales(new Set(wanted));
  for (const sale of sales) earlier.remember(sale);
  return earlier;
}

const sale = (invoice: string, customer: string | null, goods: Goods) => ticket('SALE', invoice, customer, goods);
const back = (customer: string | null, goods: Goods) => ticket('RETURN', 'C9', customer, goods);

test('a return belongs to the sale of the same goods to the same customer, line by line', () => {
  const sales = salesOf(
    sale('1', 'anna', [
      ['BOWL', 2n],
      ['MUG', 6n],
    ]),
  );
  expect(
    sales.take(
      back('anna', [
        ['MUG', 4n],
        ['BOWL', 2n],
      ]),
    ),
  ).toEqual({
    invoice: '1',
    transactionId: 'id of 1',
    lines: new Map([
      [1, 2],
      [2, 1],
    ]),
  });
});

test('the latest sale that has all of it left is meant', () => {
  const sales = salesOf(
    sale('1', 'anna', [['MUG', 6n]]),
    sale('2', 'anna', [['MUG', 6n]]),
    sale('3', 'anna', [['MUG', 1n]]),
  );
  expect(sales.take(back('anna', [['MUG', 4n]]))?.invoice).toBe('2');
  expect(sales.take(back('anna', [['MUG', 4n]]))?.invoice).toBe('1');
  expect(sales.take(back('anna', [['MUG', 4n]]))).toBeUndefined();
});

test.each<[string, string | null, Goods]>([
  ['another customer', 'ben', [['MUG', 1n]]],
  ['nobody known', null, [['MUG', 1n]]],
  ['goods that were not sold', 'anna', [['BOWL', 1n]]],
  ['more than was sold', 'anna', [['MUG', 7n]]],
  [
    'a line that moves no goods',
    'anna',
    [
      ['MUG', 1n],
      [null, 1n],
    ],
  ],
  [
    'the same line twice',
    'anna',
    [
      ['MUG', 1n],
      ['MUG', 1n],
    ],
  ],
])('%s has no sale', (_what, customer, goods) => {
  expect(salesOf(sale('1', 'anna', [['MUG', 6n]])).take(back(customer, goods))).toBeUndefined();
});

test('a return that finds no sale takes nothing off any', () => {
  const sales = salesOf(sale('1', 'anna', [['MUG', 6n]]));
  sales.take(
    back('anna', [
      ['MUG', 6n],
      ['BOWL', 1n],
    ]),
  );
  expect(sales.take(back('anna', [['MUG', 6n]]))?.invoice).toBe('1');
});
