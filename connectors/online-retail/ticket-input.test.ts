// Tickets in the words of the graph.
import { expect, test } from 'vitest';
import type { Ticket } from './mapping.ts';
import { toTransactionInput } from './ticket-input.ts';

const SHOP = '9506000999005';
const till = {
  invoice: '1',
  transactionId: 'id',
  workstation: 'replay',
  sequence: 1,
  businessDate: '2010-12-01',
  occurredAt: '2010-12-01T08:26:00.000Z',
};
const lines = [
  { lineNo: 1, sku: 'MUG', description: 'Mug', quantity: 2n, unitPrice: 425n, total: 850n },
  { lineNo: 2, sku: null, description: 'POSTAGE', quantity: 1n, unitPrice: 5n, total: 5n },
];
const sale: Ticket = { ...till, kind: 'SALE', customer: '17850', lines, total: 855n };

test('a sale has decimal amounts, its customer by identity and one tender of the whole', () => {
  const { sale: input } = toTransactionInput(sale, SHOP, undefined);
  expect(input).toMatchObject({
    location: SHOP,
    currency: 'GBP',
    customer: { identity: { type: 'CRM_ID', value: 'online-retail:17850' } },
    grandTotal: '8.55',
    tenders: [{ type: 'CARD', amount: '8.55' }],
  });
  expect(input?.lines).toEqual([
    { lineNo: 1, sku: 'MUG', description: 'Mug', quantity: { value: '2' }, unitPrice: '4.25', lineTotal: '8.50' },
    { lineNo: 2, sku: null, description: 'POSTAGE', quantity: { value: '1' }, unitPrice: '0.05', lineTotal: '0.05' },
  ]);
});

test('nobody is no customer, and nothing is paid with no tender', () => {
  expect(toTransactionInput({ ...sale, customer: null, total: 0n }, SHOP, undefined).sale).toMatchObject({
    customer: null,
    tenders: [],
    grandTotal: '0.00',
  });
});

test('a return names its sale and the lines the goods came from', () => {
  const original = { invoice: '7', transactionId: 'id of 7', lines: new Map([[1, 4]]) };
  const { return: input } = toTransactionInput({ ...sale, kind: 'RETURN' }, SHOP, original);
  expect(input).toMatchObject({ original: { transactionId: 'id of 7' }, grandTotal: '8.55' });
  expect(input?.lines.map(({ originalLineNo }) => originalLineNo)).toEqual([4, null]);
});

test('a return without a sale has no original', () => {
  expect(toTransactionInput({ ...sale, kind: 'RETURN' }, SHOP, undefined).return).toMatchObject({ original: null });
});
