// From an invoice of the file to a ticket of a till. Pure. Every row ends on the ticket or beside it with a reason: no money is lost.
import { createHash } from 'node:crypto';
import { parseMinor } from '#platform/kernel/money.ts';
import { isStorable } from '#platform/kernel/text.ts';
import { fieldOf, type Invoice, type SourceRow } from './reader.ts';
import { skuOf } from './stock-code.ts';

/** Why a row is set aside; README.md explains each. */
export const reasons = {
  COLUMNS: 'not as many columns as the header, or a quote that is never closed',
  INVOICE_NUMBER: 'no invoice (digits) and no cancellation (C and digits)',
  INVOICE_APART: 'rows of an invoice that has ended before',
  INVOICE_TOO_LONG: 'more rows than a ticket may have lines',
  DATE: 'no date of the form M/D/YYYY H:MM',
  STOCK_CODE: 'no stock code, or one of more than 64 characters',
  QUANTITY: 'no whole number from 1 to 1,000,000 on either side of 0',
  PRICE: 'no amount of whole pence from 0 to 1,000,000.00',
  NEGATIVE_SALE_LINE: 'less than nothing sold: a stock correction, no sale',
  POSITIVE_RETURN_LINE: 'more than nothing on a cancellation',
  CHARACTER: 'has the character U+0000, which no database keeps',
  TRANSACTION_CONFLICT: 'the graph has another ticket under this invoice number',
  TRANSACTION_INVALID: 'the graph cannot take the ticket',
} as const;
export type Reason = keyof typeof reasons;

export interface TicketLine {
  readonly lineNo: number;
  /** Null: the line moves no goods. */
  readonly sku: string | null;
  readonly description: string;
  /** Above 0, of a return too. */
  readonly quantity: bigint;
  /** Pence. */
  readonly unitPrice: bigint;
  readonly total: bigint;
}

export interface Ticket {
  readonly kind: 'SALE' | 'RETURN';
  readonly invoice: string;
  readonly transactionId: string;
  readonly workstation: string;
  readonly sequence: number;
  /** YYYY-MM-DD. */
  readonly businessDate: string;
  readonly occurredAt: string;
  readonly customer: string | null;
  readonly lines: readonly TicketLine[];
  /** Pence, above or equal 0, of a return too. */
  readonly total: bigint;
}

export interface Refused {
  readonly row: SourceRow;
  readonly reason: Reason;
  /** The graph's own words, where it refused. */
  readonly detail?: string | undefined;
}

export interface Mapped {
  /** Null when no row of the invoice can be taken. */
  readonly ticket: Ticket | null;
  readonly taken: readonly SourceRow[];
  readonly refused: readonly Refused[];
}

/** Sales and cancellations have tills of their own, so that 536365 and C536365 may both exist on one day. */
const workstations = { SALE: 'replay', RETURN: 'replay-returns' } as const;
const MOST_UNITS = 1_000_000n;
const HIGHEST_PRICE = 100_000_000n;
const LONGEST_CODE = 64;

/** The ticket an invoice makes at a location; the same file always makes the same tickets. */
export function mapInvoice(invoice: Invoice, location: string): Mapped {
  const named = /^(C?)(\d{1,9})$/.exec(invoice.number);
  const whole = wholeInvoiceProblem(invoice, named !== null);
  const kind = named?.[1] === 'C' ? 'RETURN' : 'SALE';
  const taken: SourceRow[] = [];
  const refused: Refused[] = [];
  for (const row of invoice.rows) {
    const reason = row.whole ? (whole ?? rowProblem(row, kind)) : 'COLUMNS';
    if (reason === undefined) taken.push(row);
    else refused.push({ row, reason });
  }
  const [first] = taken;
  const at = first && parseDate(fieldOf(first, 'InvoiceDate'));
  if (!first || !at || !named) return { ticket: null, taken, refused };
  const lines = taken.map(toLine);
  const ticket = {
    kind,
    invoice: invoice.number,
    transactionId: nameUuid(`${location}/${invoice.number}`),
    workstation: workstations[kind],
    sequence: Number(named[2]),
    businessDate: at.slice(0, 10),
    occurredAt: at,
    customer: customerOf(first),
    lines,
    total: lines.reduce((sum, line) => sum + line.total, 0n),
  } as const;
  return { ticket, taken, refused };
}

function wholeInvoiceProblem(invoice: Invoice, named: boolean): Reason | undefined {
  if (!named) return 'INVOICE_NUMBER';
  if (invoice.apart) return 'INVOICE_APART';
  return invoice.tooLong ? 'INVOICE_TOO_LONG' : undefined;
}

function rowProblem(row: SourceRow, kind: Ticket['kind']): Reason | undefined {
  if (!row.fields.every(isStorable)) return 'CHARACTER';
  const code = fieldOf(row, 'StockCode');
  // Some letters become two in upper case.
  if (code === '' || code.toUpperCase().length > LONGEST_CODE) return 'STOCK_CODE';
  if (parseDate(fieldOf(row, 'InvoiceDate')) === null) return 'DATE';
  const quantity = quantityOf(row);
  if (quantity === null) return 'QUANTITY';
  if (priceOf(row) === null) return 'PRICE';
  if (kind === 'SALE' && quantity < 0n) return 'NEGATIVE_SALE_LINE';
  return kind === 'RETURN' && quantity > 0n ? 'POSITIVE_RETURN_LINE' : undefined;
}

function quantityOf(row: SourceRow): bigint | null {
  const text = fieldOf(row, 'Quantity');
  if (!/^-?\d{1,7}$/.test(text)) return null;
  const quantity = BigInt(text);
  return quantity === 0n || quantity > MOST_UNITS || quantity < -MOST_UNITS ? null : quantity;
}

function priceOf(row: SourceRow): bigint | null {
  const pence = parseMinor(fieldOf(row, 'UnitPrice'), 'GBP');
  return pence === null || pence < 0n || pence > HIGHEST_PRICE ? null : pence;
}

/** A customer of the file; spreadsheets write the number 17850 as "17850.0". */
function customerOf(row: SourceRow): string | null {
  return fieldOf(row, 'CustomerID').replace(/\.0$/, '').slice(0, 128) || null;
}

function toLine(row: SourceRow, index: number): TicketLine {
  const signed = quantityOf(row) ?? 0n;
  const quantity = signed < 0n ? -signed : signed;
  const unitPrice = priceOf(row) ?? 0n;
  const code = fieldOf(row, 'StockCode');
  return {
    lineNo: index + 1,
    sku: skuOf(code),
    description: (fieldOf(row, 'Description') || code).slice(0, 2_000),
    quantity,
    unitPrice,
    total: quantity * unitPrice,
  };
}

const DATE = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d{2})$/;

/** `12/1/2010 8:26` → `2010-12-01T08:26:00.000Z`: the file does not say a zone, UTC is taken. Null for no such time. */
export function parseDate(text: string): string | null {
  const match = DATE.exec(text);
  if (!match) return null;
  const [month = 0, day = 0, year = 0, hour = 0, minute = 0] = match.slice(1).map(Number);
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute));
  // Years below 100 would become 19xx.
  const same =
    at.getUTCFullYear() === year &&
    at.getUTCMonth() === month - 1 &&
    at.getUTCDate() === day &&
    at.getUTCHours() === hour &&
    minute < 60;
  return same ? at.toISOString() : null;
}

/** Namespace of the names below; made once for this. */
const NAMESPACE = Buffer.from('6f0e4a3c8f5b4c0e9d5f1f2b7a6c9e21', 'hex');

/** A UUID of version 5 (RFC 9562): the same name always has the same one. */
export function nameUuid(name: string): string {
  const hash = createHash('sha1').update(NAMESPACE).update(name).digest().subarray(0, 16);
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
