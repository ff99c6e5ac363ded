// Orders and what a sale ticket makes of them. Pure: a ticket and what we know go in, an order with its exceptions comes out.
// Nothing a till says happened is refused here.

import { divideRounded } from '#platform/kernel/decimal.ts';
import { formatMinor, sumMinor } from '#platform/kernel/money.ts';
import { formatMilli, type Quantity } from '#platform/kernel/quantity.ts';
import { type SaleTicket, type SaleTicketLine, TAX_SCALE, type TenderType, type Ticket } from './ticket.ts';

export interface OrderLine {
  readonly lineNo: number;
  readonly sku: string | null;
  readonly description: string | null;
  readonly quantity: Quantity;
  readonly unitPrice: bigint;
  readonly discount: bigint;
  readonly taxRate: bigint;
  readonly net: bigint;
  readonly tax: bigint;
  readonly gross: bigint;
  readonly returned: bigint;
  readonly returnPending: bigint;
}

/** A line with the currency its amounts are in. */
export interface PricedOrderLine extends OrderLine {
  readonly currency: string;
}

export interface Tender {
  readonly type: TenderType;
  readonly amount: bigint;
  readonly reference: string | null;
}

export interface Order {
  readonly id: string;
  readonly number: string;
  readonly origin: 'POS' | 'ECOM' | 'MARKETPLACE' | 'CALL_CENTER';
  readonly location: string;
  readonly customerId: string | null;
  readonly customerIdentityHash: string | null;
  readonly placedAt: Date;
  readonly businessDate: string;
  readonly currency: string;
  readonly status: 'CREATED' | 'CONFIRMED' | 'PARTIALLY_FULFILLED' | 'FULFILLED' | 'CANCELLED' | 'CLOSED';
  readonly lines: readonly OrderLine[];
  readonly tenders: readonly Tender[];
  readonly grandTotal: bigint;
  readonly refunded: bigint;
  readonly training: boolean;
  readonly version: number;
}

/** What an exception on a stored ticket can say; docs/errors.md lists the same. */
export const exceptions = {
  UNKNOWN_SKU: 'The SKU is not in the catalogue (yet).',
  UNKNOWN_GTIN: 'The GTIN is not in the catalogue (yet).',
  UNKNOWN_CUSTOMER: 'The customer on the ticket is not known (yet).',
  LINE_TOTAL_MISMATCH: 'Quantity × unit price − discount is not the line total printed.',
  GRAND_TOTAL_MISMATCH: 'The line totals do not add up to the grand total printed.',
  TENDERS_MISMATCH: 'The tenders do not add up to the grand total printed.',
  DAY_CLOSED: 'The business day was closed when the ticket arrived.',
  UNKNOWN_ORIGINAL: 'The sale a return names is not known here.',
  OVER_RETURN: 'More came back than the sale had left.',
  OVER_REFUND: 'More money was given back than was paid for the sale and not given back yet.',
  CURRENCY_MISMATCH: 'The return is in another currency than the sale it names.',
} as const;

export type ExceptionCode = keyof typeof exceptions;

export interface TransactionException {
  readonly code: ExceptionCode;
  readonly lineNo: number | null;
  readonly detail: string;
  /** What will resolve it when it becomes known; null when only a person can. */
  readonly subject: string | null;
}

/** What this subgraph knows when a ticket arrives. */
export interface Knowledge {
  /** SKUs of the catalogue, among those on the ticket. */
  readonly skus: ReadonlySet<string>;
  /** GTIN → SKU. */
  readonly gtins: ReadonlyMap<string, string>;
  readonly customerId: string | null;
  readonly customerIdentityHash: string | null;
  readonly dayClosed: boolean;
}

/** A rate of 1. */
export const TAX_WHOLE = 10n ** BigInt(TAX_SCALE);

/** Splits an amount that includes tax: tax rounded half away from zero, as tills print it. */
export function splitTax(gross: bigint, taxRate: bigint): { net: bigint; tax: bigint } {
  const tax = divideRounded(gross * taxRate, TAX_WHOLE + taxRate);
  return { net: gross - tax, tax };
}

export function orderNumber(ticket: Ticket): string {
  return `${ticket.location}-${ticket.workstation}-${ticket.businessDate.replaceAll('-', '')}-${ticket.sequence}`;
}

/** The SKU a line means; a GTIN stands in for a missing SKU. */
export function skuOf(line: { sku: string | null; gtin: string | null }, known: Knowledge): string | null {
  return line.sku ?? (line.gtin === null ? null : (known.gtins.get(line.gtin) ?? null));
}

export function catalogueExceptions(
  lines: readonly { lineNo: number; sku: string | null; gtin: string | null }[],
  known: Pick<Knowledge, 'skus' | 'gtins'>,
): TransactionException[] {
  return lines.flatMap(({ lineNo, sku, gtin }): TransactionException[] => {
    if (sku !== null && !known.skus.has(sku)) {
      return [{ code: 'UNKNOWN_SKU', lineNo, detail: `${sku} is not in the catalogue`, subject: sku }];
    }
    if (sku === null && gtin !== null && !known.gtins.has(gtin)) {
      return [{ code: 'UNKNOWN_GTIN', lineNo, detail: `${gtin} is not in the catalogue`, subject: gtin }];
    }
    return [];
  });
}

export function headerExceptions(ticket: Ticket, known: Knowledge, linesTotal: bigint): TransactionException[] {
  const found: TransactionException[] = [];
  const add = (code: ExceptionCode, detail: string, subject: string | null = null) =>
    found.push({ code, lineNo: null, detail, subject });
  const money = (minor: bigint) => `${formatMinor(minor, ticket.currency)} ${ticket.currency}`;
  if (linesTotal !== ticket.grandTotal) {
    add('GRAND_TOTAL_MISMATCH', `lines add up to ${money(linesTotal)}, printed is ${money(ticket.grandTotal)}`);
  }
  const tendered = sumMinor(ticket.tenders.map((tender) => tender.amount));
  if (tendered !== ticket.grandTotal) {
    add('TENDERS_MISMATCH', `tenders add up to ${money(tendered)}, printed is ${money(ticket.grandTotal)}`);
  }
  if (known.dayClosed) add('DAY_CLOSED', `${ticket.businessDate} was closed at ${ticket.location}`);
  if (ticket.customer && known.customerId === null) {
    // As the customer was looked for: by id when there is one.
    const subject = ticket.customer.id ?? known.customerIdentityHash;
    add('UNKNOWN_CUSTOMER', 'the customer on the ticket is not known', subject);
  }
  return found;
}

export function lineExceptions(
  lines: readonly Pick<SaleTicketLine, 'lineNo' | 'quantity' | 'unitPrice' | 'discount' | 'lineTotal'>[],
  currency: string,
): TransactionException[] {
  return lines.flatMap((line): TransactionException[] => {
    const expected = divideRounded(line.quantity.milli * line.unitPrice, 1_000n) - line.discount;
    if (expected === line.lineTotal) return [];
    const detail =
      `${formatMilli(line.quantity.milli)} × ${formatMinor(line.unitPrice, currency)} − ${formatMinor(line.discount, currency)} ` +
      `is ${formatMinor(expected, currency)}, printed is ${formatMinor(line.lineTotal, currency)}`;
    return [{ code: 'LINE_TOTAL_MISMATCH', lineNo: line.lineNo, detail, subject: null }];
  });
}

function orderLine(line: SaleTicketLine, known: Knowledge): OrderLine {
  return {
    lineNo: line.lineNo,
    sku: skuOf(line, known),
    description: line.description,
    quantity: line.quantity,
    unitPrice: line.unitPrice,
    discount: line.discount,
    taxRate: line.taxRate,
    ...splitTax(line.lineTotal, line.taxRate),
    gross: line.lineTotal,
    returned: 0n,
    returnPending: 0n,
  };
}

export interface DecidedSale {
  readonly order: Order;
  readonly exceptions: readonly TransactionException[];
}

/** The order a sale ticket makes, and what is wrong with the ticket. Amounts are those the till printed. */
export function decideSale(ticket: SaleTicket, known: Knowledge, orderId: string): DecidedSale {
  const lines = ticket.lines.map((line) => orderLine(line, known));
  const order: Order = {
    id: orderId,
    number: orderNumber(ticket),
    origin: 'POS',
    location: ticket.location,
    customerId: known.customerId,
    customerIdentityHash: known.customerIdentityHash,
    placedAt: ticket.occurredAt,
    businessDate: ticket.businessDate,
    currency: ticket.currency,
    // The goods left with the customer.
    status: 'FULFILLED',
    lines,
    tenders: ticket.tenders,
    grandTotal: ticket.grandTotal,
    refunded: 0n,
    training: ticket.training,
    version: 1,
  };
  const found = [
    ...catalogueExceptions(ticket.lines, known),
    ...lineExceptions(ticket.lines, ticket.currency),
    ...headerExceptions(ticket, known, sumMinor(ticket.lines.map((line) => line.lineTotal))),
  ];
  return { order, exceptions: found };
}

export interface OrderTotals {
  readonly net: bigint;
  readonly tax: bigint;
  readonly grandTotal: bigint;
  readonly paid: bigint;
  readonly refunded: bigint;
  readonly due: bigint;
}

export function totalsOf(order: Order): OrderTotals {
  const paid = sumMinor(order.tenders.map((tender) => tender.amount));
  return {
    net: sumMinor(order.lines.map((line) => line.net)),
    tax: sumMinor(order.lines.map((line) => line.tax)),
    grandTotal: order.grandTotal,
    paid,
    refunded: order.refunded,
    due: order.grandTotal - paid,
  };
}

/** What happens to one line when goods come back or are announced, in thousandths. */
export interface LineCredit {
  readonly lineNo: number;
  readonly returned: bigint;
  /** Change of what is announced but not back. */
  readonly pending: bigint;
}

/** The order after goods and money went back; the repository books the same. */
export function creditedOrder(order: Order, credits: readonly LineCredit[], refund: bigint): Order {
  const lines = order.lines.map((line) => {
    const credit = credits.find(({ lineNo }) => lineNo === line.lineNo);
    if (!credit) return line;
    return {
      ...line,
      returned: line.returned + credit.returned,
      returnPending: line.returnPending + credit.pending,
    };
  });
  return { ...order, lines, refunded: order.refunded + refund, version: order.version + 1 };
}
