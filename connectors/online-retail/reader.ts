// Reads a file of the UCI "Online Retail" form as a stream: byte-order mark, quoted commas, rows of one invoice standing together.
// Holds one invoice at a time. Judges no row: what is wrong with one is for mapping.ts to say.
import { createReadStream } from 'node:fs';
import { divideRounded, parseDecimal } from '#platform/kernel/decimal.ts';
import { type CsvRecord, readRecords } from './records.ts';

export const columns = [
  'InvoiceNo',
  'StockCode',
  'Description',
  'Quantity',
  'InvoiceDate',
  'UnitPrice',
  'CustomerID',
  'Country',
] as const;
export type Column = (typeof columns)[number];

/** The most lines one ticket may have. */
export const MOST_LINES = 1_000;
const PRICE_SCALE = 6;

export interface SourceRow {
  /** Line of the file the row ends on. */
  readonly line: number;
  /** As many as the file has, in the order of `columns` when `whole`. */
  readonly fields: readonly string[];
  /** It has exactly the columns of the header. */
  readonly whole: boolean;
  /** Quantity × price in pence, rounded half away from zero; null when one of them cannot be read. */
  readonly pence: bigint | null;
}

export interface Invoice {
  readonly number: string;
  readonly rows: readonly SourceRow[];
  /** Its rows do not stand together: earlier ones came before another invoice. */
  readonly apart: boolean;
  /** It has more rows than a ticket may have lines; these are some of them. */
  readonly tooLong: boolean;
}

export function fieldOf(row: SourceRow, column: Column): string {
  return (row.fields[columns.indexOf(column)] ?? '').trim();
}

export function readInvoiceFile(path: string): AsyncGenerator<Invoice> {
  return groupInvoices(readRows(createReadStream(path)));
}

/** Throws when the first line does not name the columns of the form. */
export async function* readRows(bytes: AsyncIterable<Uint8Array | string>): AsyncGenerator<SourceRow> {
  let order: readonly number[] | undefined;
  for await (const record of readRecords(bytes)) {
    if (order === undefined) order = columnOrder(record.fields);
    else yield toRow(record, order);
  }
  if (order === undefined) throw new Error('The file is empty; it must start with a line of column names');
}

function columnOrder(header: readonly string[]): number[] {
  const named = header.map((name) => name.trim().toLowerCase().replaceAll(' ', ''));
  const missing = columns.filter((column) => !named.includes(column.toLowerCase()));
  if (missing.length > 0) throw new Error(`The file is not of the Online Retail form: no column ${missing.join(', ')}`);
  return columns.map((column) => named.indexOf(column.toLowerCase()));
}

function toRow({ line, fields, readable }: CsvRecord, order: readonly number[]): SourceRow {
  if (!readable || fields.length !== order.length) return { line, fields, whole: false, pence: null };
  const row = { line, fields: order.map((index) => fields[index] ?? ''), whole: true, pence: null };
  return { ...row, pence: penceOf(fieldOf(row, 'Quantity'), fieldOf(row, 'UnitPrice')) };
}

function penceOf(quantity: string, price: string): bigint | null {
  const milli = parseDecimal(quantity, 3);
  const micro = parseDecimal(price, PRICE_SCALE);
  return milli === null || micro === null ? null : divideRounded(milli * micro, 10n ** BigInt(3 + PRICE_SCALE - 2));
}

/** Rows that stand together under one number; one that cannot be read stays with the invoice it stands in. */
export async function* groupInvoices(rows: AsyncIterable<SourceRow>): AsyncGenerator<Invoice> {
  // One short text per invoice is all that is kept of what went by: a ticket cannot be changed when more of it turns up.
  const seen = new Set<string>();
  let open: { number: string; rows: SourceRow[]; apart: boolean; tooLong: boolean } | undefined;
  for await (const row of rows) {
    const number = row.whole ? fieldOf(row, 'InvoiceNo').toUpperCase() : (open?.number ?? '');
    if (open && open.number !== number) {
      yield open;
      open = undefined;
    }
    if (open && open.rows.length === MOST_LINES) {
      yield { ...open, tooLong: true };
      open = { ...open, rows: [], tooLong: true };
    }
    open ??= { number, rows: [], apart: seen.has(number), tooLong: false };
    seen.add(number);
    open.rows.push(row);
  }
  if (open) yield open;
}
