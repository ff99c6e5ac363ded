// What is counted of recorded tickets.
import { expect, test } from 'vitest';
import type { Ticket } from './mapping.ts';
import { Tally } from './tally.ts';

function ticket(kind: Ticket['kind'], goods: readonly (readonly [sku: string | null, quantity: bigint])[]): Ticket {
  const lines = goods.map(([sku, quantity], index) => {
    return { lineNo: index + 1, sku, description: '', quantity, unitPrice: 100n, total: quantity * 100n };
  });
  const till = {
    workstation: 'replay',
    sequence: 1,
    businessDate: '2010-12-01',
    occurredAt: '2010-12-01T08:26:00.000Z',
  };
  return { kind, invoice: '1', transactionId: '1', customer: null, lines, total: 0n, ...till };
}

const fresh = { money: 500n, duplicate: false, withSale: false };

test('sales and returns are summed apart, and against each other per SKU and day', () => {
  const tally = new Tally();
  tally.add(
    ticket('SALE', [
      ['MUG', 5n],
      ['MUG', 1n],
      [null, 1n],
    ]),
    fresh,
  );
  tally.add(ticket('RETURN', [['MUG', 2n]]), { ...fresh, money: 200n, withSale: true });
  expect(tally.sales).toEqual({ tickets: 1, units: 6n, money: 500n });
  expect(tally.returns).toEqual({ tickets: 1, units: 2n, money: 200n });
  expect(tally).toMatchObject({ money: 300n, withSale: 1, otherLines: 1, duplicates: 0 });
  expect([...tally.bySku]).toEqual([['MUG', { sold: 6n, returned: 2n, movedNow: -4n }]]);
  expect([...tally.byDay]).toEqual([['2010-12-01', { tickets: 2, money: 300n }]]);
});

test('a duplicate counts as recorded and moves nothing now', () => {
  const tally = new Tally();
  tally.add(ticket('SALE', [['MUG', 5n]]), { ...fresh, duplicate: true });
  expect(tally).toMatchObject({ duplicates: 1, sales: { tickets: 1, units: 5n } });
  expect(tally.bySku.get('MUG')).toEqual({ sold: 5n, returned: 0n, movedNow: 0n });
});

test('the money is the graph’s, not the file’s', () => {
  const tally = new Tally();
  tally.add(ticket('SALE', [['MUG', 5n]]), { ...fresh, money: 499n });
  expect(tally.money).toBe(499n);
});
