// What the reader makes of a file's bytes: rows as they stand, invoices that hold together, and one bad row that stays one bad row.
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { fieldOf, groupInvoices, type Invoice, MOST_LINES, readRows, type SourceRow } from './reader.ts';

const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';

const row = (invoice: string, rest = '101,MUG,2,12/1/2010 8:26,4.25,1001,United Kingdom') => `${invoice},${rest}`;

function bytesOf(...lines: string[]): Readable {
  return Readable.from([Buffer.from(lines.join('\r\n'))]);
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const rowsOf = (...lines: string[]): Promise<SourceRow[]> => all(readRows(bytesOf(...lines)));
const invoicesOf = (...lines: string[]): Promise<Invoice[]> => all(groupInvoices(readRows(bytesOf(...lines))));

test('a byte-order mark is no part of the first column’s name', async () => {
  const [first] = await rowsOf(`\ufeff${HEADER}`, row('536365'));
  expect(first && fieldOf(first, 'InvoiceNo')).toBe('536365');
});

test('commas and quotes within quotes are text', async () => {
  const [first] = await rowsOf(HEADER, '1,101,"MUG, ""BLUE"", LARGE",2,12/1/2010 8:26,4.25,,France');
  expect(first && fieldOf(first, 'Description')).toBe('MUG, "BLUE", LARGE');
  expect(first).toMatchObject({ whole: true, line: 2, pence: 850n });
});

test('a quote in the middle of a field is text too', async () => {
  const [first] = await rowsOf(HEADER, '1,101,MUG 12" HIGH,2,12/1/2010 8:26,4.25,,France');
  expect(first && fieldOf(first, 'Description')).toBe('MUG 12" HIGH');
});

test('columns are found by name, in any order and case', async () => {
  const [first] = await rowsOf(
    'Country,unitprice,Customer ID,InvoiceDate,Quantity,Description,StockCode,INVOICENO',
    'F,1,,d,2,x,c,7',
  );
  expect(first?.fields).toEqual(['7', 'c', 'x', '2', 'd', '1', '', 'F']);
});

test.each([
  ['InvoiceNo,StockCode', /not of the Online Retail form: no column Description, Quantity/],
  ['', /is empty/],
])('a file that begins with "%s" is refused', async (header, message) => {
  await expect(rowsOf(header)).rejects.toThrow(message);
});

test('a row with too few or too many columns is kept as not whole, and the rows around it are fine', async () => {
  const rows = await rowsOf(HEADER, row('1'), '1,101,MUG', `${row('1')},more`, row('1'));
  expect(rows.map(({ whole }) => whole)).toEqual([true, false, false, true]);
  expect(rows[1]).toMatchObject({ fields: ['1', '101', 'MUG'], pence: null, line: 3 });
});

const UNCLOSED = '2,101,"MUG,2,12/1/2010 8:26,4.25,,France';
const QUOTED = '3,102,"BOWL, BLUE",2,12/1/2010 8:26,4.25,,France';

test.each([
  ['at the end of the file', [row('1'), UNCLOSED], [true, false]],
  [
    'before rows without quotes',
    [UNCLOSED, ...Array.from({ length: 9 }, () => row('3'))],
    [false, ...Array(9).fill(true)],
  ],
  ['before rows with quotes', [UNCLOSED, QUOTED, QUOTED, row('3')], [false, true, true, true]],
])('a quote that is never closed %s costs its own row only', async (_where, lines, whole) => {
  const rows = await rowsOf(HEADER, ...lines);
  expect(rows.map((one) => one.whole)).toEqual(whole);
  expect(rows.map(({ line }) => line)).toEqual(lines.map((_, index) => index + 2));
});

test('a quoted field may go on over a few lines', async () => {
  const rows = await rowsOf(HEADER, '1,101,"MUG', 'BLUE",2,12/1/2010 8:26,4.25,,France', row('2'));
  expect(rows.map(({ whole, line }) => [whole, line])).toEqual([
    [true, 3],
    [true, 4],
  ]);
  expect(rows[0] && fieldOf(rows[0], 'Description')).toBe('MUG\nBLUE');
});

test('a line longer than any row costs itself only', async () => {
  const rows = await rowsOf(HEADER, row('1', 'x'.repeat(3_000_000)), row('2'));
  expect(rows.map(({ whole }) => whole)).toEqual([false, true]);
  expect(rows[0]?.fields[0]?.length).toBeLessThanOrEqual(20_000);
});

test('letters of several bytes survive the end of a chunk', async () => {
  const bytes = Buffer.from([HEADER, '1,101,CAFÉ CRÈME,2,12/1/2010 8:26,4.25,,France'].join('\n'));
  const single = Array.from(bytes, (byte) => Buffer.from([byte]));
  const [first] = await all(readRows(Readable.from(single)));
  expect(first && fieldOf(first, 'Description')).toBe('CAFÉ CRÈME');
});

test('empty lines are nothing', async () => {
  expect(await rowsOf(HEADER, '', row('1'), '', '')).toHaveLength(1);
});

test.each([
  ['2', '4.25', 850n],
  ['-2', '4.25', -850n],
  ['3', '0.005', 2n],
  ['1', '-0.005', -1n],
  ['two', '4.25', null],
  ['2', '', null],
])('quantity %s at %s is worth %s pence', async (quantity, price, pence) => {
  const [first] = await rowsOf(HEADER, `1,101,MUG,${quantity},12/1/2010 8:26,${price},,France`);
  expect(first?.pence).toBe(pence);
});

test('rows that stand together under one number, in either case, are one invoice', async () => {
  const invoices = await invoicesOf(HEADER, row('1'), row('1'), row('C2'), row('c2'));
  expect(invoices.map(({ number, rows }) => [number, rows.length])).toEqual([
    ['1', 2],
    ['C2', 2],
  ]);
});

test('rows of an invoice that has ended before come apart', async () => {
  const invoices = await invoicesOf(HEADER, row('1'), row('2'), row('1'));
  expect(invoices.map(({ number, apart }) => [number, apart])).toEqual([
    ['1', false],
    ['2', false],
    ['1', true],
  ]);
});

test('a row that cannot be read stays with the invoice it stands in and does not break it', async () => {
  const invoices = await invoicesOf(HEADER, row('1'), 'x,y', row('1'));
  expect(invoices.map(({ rows }) => rows.length)).toEqual([3]);
});

test('an invoice of a thousand lines is a ticket, one line more is too long in all its pieces', async () => {
  const lines = (count: number) => Array.from({ length: count }, () => row('1'));
  const pieces = async (count: number) =>
    (await invoicesOf(HEADER, ...lines(count))).map(({ rows, tooLong }) => [rows.length, tooLong]);
  expect(await pieces(MOST_LINES)).toEqual([[MOST_LINES, false]]);
  expect(await pieces(MOST_LINES + 1)).toEqual([
    [MOST_LINES, true],
    [1, true],
  ]);
});

test('a file that cannot be read is a failure, not an empty file', async () => {
  const broken = new Readable({ read: () => void broken.destroy(new Error('the disk is gone')) });
  await expect(all(readRows(broken))).rejects.toThrow('the disk is gone');
});
