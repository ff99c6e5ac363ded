// From invoices to tickets: what becomes of each kind of row, and that no row and no penny is lost on the way.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mapInvoice, nameUuid, parseDate, type Reason } from './mapping.ts';
import type { Invoice, SourceRow } from './reader.ts';

const SHOP = '9506000999005';

const plain = {
  InvoiceNo: '536365',
  StockCode: '101a',
  Description: 'MUG',
  Quantity: '2',
  InvoiceDate: '12/1/2010 8:26',
  UnitPrice: '4.25',
  CustomerID: '17850',
  Country: 'United Kingdom',
};

function row(changes: Partial<typeof plain> = {}): SourceRow {
  return { line: 2, fields: Object.values({ ...plain, ...changes }), whole: true, pence: 850n };
}

function invoice(rows: readonly SourceRow[], changes: Partial<Invoice> = {}): Invoice {
  return { number: '536365', rows, apart: false, tooLong: false, ...changes };
}

const reasonOf = (changes: Partial<typeof plain>, number = '536365'): Reason | undefined =>
  mapInvoice(invoice([row(changes)], { number }), SHOP).refused[0]?.reason;

test('an invoice is a sale ticket with exact amounts, at its own time', () => {
  const given = invoice([row(), row({ StockCode: 'POST', Description: 'POSTAGE', Quantity: '1', UnitPrice: '18' })]);
  expect(mapInvoice(given, SHOP).ticket).toEqual({
    kind: 'SALE',
    invoice: '536365',
    transactionId: nameUuid(`${SHOP}/536365`),
    workstation: 'replay',
    sequence: 536365,
    businessDate: '2010-12-01',
    occurredAt: '2010-12-01T08:26:00.000Z',
    customer: '17850',
    lines: [
      { lineNo: 1, sku: '101A', description: 'MUG', quantity: 2n, unitPrice: 425n, total: 850n },
      { lineNo: 2, sku: null, description: 'POSTAGE', quantity: 1n, unitPrice: 1800n, total: 1800n },
    ],
    total: 2650n,
  });
});

test('a cancellation is a return ticket with quantities above 0, at a till of its own', () => {
  const { ticket } = mapInvoice(invoice([row({ Quantity: '-2' })], { number: 'C536365' }), SHOP);
  expect(ticket).toMatchObject({ kind: 'RETURN', workstation: 'replay-returns', sequence: 536365, total: 850n });
  expect(ticket?.lines).toMatchObject([{ quantity: 2n, total: 850n }]);
});

test.each([
  ['17850', '17850'],
  ['17850.0', '17850'],
  ['', null],
])('customer "%s" is %s', (CustomerID, customer) => {
  expect(mapInvoice(invoice([row({ CustomerID })]), SHOP).ticket).toMatchObject({ customer });
});

test('what is given away is a line of nothing', () => {
  const { ticket, refused } = mapInvoice(invoice([row({ UnitPrice: '0' })]), SHOP);
  expect(ticket).toMatchObject({ total: 0n, lines: [{ unitPrice: 0n, quantity: 2n }] });
  expect(refused).toEqual([]);
});

test('a line without a description is called by its code', () => {
  expect(mapInvoice(invoice([row({ Description: '' })]), SHOP).ticket?.lines).toMatchObject([{ description: '101a' }]);
});

test.each<[Reason, Partial<typeof plain>, string?]>([
  ['INVOICE_NUMBER', {}, 'A536365'],
  ['INVOICE_NUMBER', {}, ''],
  ['INVOICE_NUMBER', {}, '1234567890'],
  ['DATE', { InvoiceDate: '1.12.2010' }],
  ['STOCK_CODE', { StockCode: '' }],
  ['STOCK_CODE', { StockCode: 'X'.repeat(65) }],
  ['STOCK_CODE', { StockCode: `1${'ß'.repeat(40)}` }],
  ['QUANTITY', { Quantity: '0' }],
  ['QUANTITY', { Quantity: '1.5' }],
  ['QUANTITY', { Quantity: '1000001' }],
  ['QUANTITY', { Quantity: 'two' }],
  ['PRICE', { UnitPrice: '4.255' }],
  ['PRICE', { UnitPrice: '-4.25' }],
  ['PRICE', { UnitPrice: '1000000.01' }],
  ['PRICE', { UnitPrice: '4,25' }],
  ['NEGATIVE_SALE_LINE', { Quantity: '-2' }],
  ['POSITIVE_RETURN_LINE', { Quantity: '2' }, 'C536365'],
  ['CHARACTER', { Description: 'MUG\u0000' }],
])('%s: %j of invoice %s is set aside', (reason, changes, number) => {
  expect(reasonOf(changes, number)).toBe(reason);
});

test('the rest of an invoice is taken where one row is set aside', () => {
  const { ticket, taken, refused } = mapInvoice(invoice([row({ Quantity: '-1' }), row()]), SHOP);
  expect(ticket?.lines).toMatchObject([{ lineNo: 1, quantity: 2n }]);
  expect([taken.length, refused.length]).toEqual([1, 1]);
});

test.each<[Reason, Partial<Invoice>]>([
  ['INVOICE_APART', { apart: true }],
  ['INVOICE_TOO_LONG', { tooLong: true }],
])('%s sets the whole invoice aside', (reason, changes) => {
  const { ticket, refused } = mapInvoice(invoice([row(), row()], changes), SHOP);
  expect(ticket).toBeNull();
  expect(refused.map((entry) => entry.reason)).toEqual([reason, reason]);
});

test('a row that is not whole says so, whatever else is wrong', () => {
  const broken: SourceRow = { line: 3, fields: ['536365', '101'], whole: false, pence: null };
  expect(mapInvoice(invoice([broken], { apart: true }), SHOP).refused).toEqual([{ row: broken, reason: 'COLUMNS' }]);
});

test('every row is on the ticket or beside it, and the money with it', () => {
  const quantity = fc.oneof(fc.integer({ min: -50, max: 50 }).map(String), fc.constantFrom('', 'x', '2.5', '9999999'));
  const price = fc.oneof(
    fc.integer({ min: 0, max: 5_000 }).map((pence) => (pence / 100).toFixed(2)),
    fc.constantFrom('', '-1', '0.001'),
  );
  const rows = fc.array(fc.record({ Quantity: quantity, UnitPrice: price }).map(row), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(rows, fc.constantFrom('1', 'C1', 'A1'), (given, number) => {
      const { ticket, taken, refused } = mapInvoice(invoice(given, { number }), SHOP);
      expect(taken.length + refused.length).toBe(given.length);
      expect(ticket?.lines.length ?? 0).toBe(ticket ? taken.length : 0);
      expect(ticket !== null).toBe(taken.length > 0);
      expect(ticket?.total ?? 0n).toBe(ticket?.lines.reduce((sum, line) => sum + line.total, 0n) ?? 0n);
    }),
  );
});

test.each([
  ['12/1/2010 8:26', '2010-12-01T08:26:00.000Z'],
  ['2/29/2012 23:59', '2012-02-29T23:59:00.000Z'],
  ['2/29/2011 8:26', null],
  ['13/1/2010 8:26', null],
  ['12/1/2010 24:00', null],
  ['12/1/2010 8:60', null],
  ['1/1/0010 8:26', null],
  ['12/1/2010', null],
])('%s is the time %s', (text, time) => {
  expect(parseDate(text)).toBe(time);
});

test('the same name always has the same UUID, another name another one', () => {
  expect(nameUuid('a')).toBe(nameUuid('a'));
  expect(nameUuid('a')).not.toBe(nameUuid('b'));
  expect(nameUuid('a')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
