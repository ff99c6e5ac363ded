// Returns: who may give back what, what a return ticket makes, and what it does to its order. Pure. Eligibility uses the time of
// the request, never the server's.
import type { dispositions } from '#contracts/order.ts';
import { divideRounded } from '#platform/kernel/decimal.ts';
import { sumMinor } from '#platform/kernel/money.ts';
import { formatMilli, type Quantity } from '#platform/kernel/quantity.ts';
import {
  catalogueExceptions,
  headerExceptions,
  type Knowledge,
  type Order,
  type OrderLine,
  skuOf,
  splitTax,
  type Tender,
  type TransactionException,
} from './order.ts';
import type { ReturnTicket, ReturnTicketLine } from './ticket.ts';

export type Disposition = (typeof dispositions)[number];

export interface ReturnLine {
  readonly lineNo: number;
  readonly orderLineNo: number | null;
  readonly sku: string | null;
  readonly description: string | null;
  readonly quantity: Quantity;
  readonly reasonCode: string | null;
  readonly condition: string | null;
  readonly disposition: Disposition;
  readonly net: bigint;
  readonly tax: bigint;
  readonly gross: bigint;
}

export interface Return {
  readonly id: string;
  readonly orderId: string | null;
  readonly transactionId: string | null;
  readonly location: string;
  readonly customerId: string | null;
  readonly customerIdentityHash: string | null;
  readonly currency: string;
  readonly status: 'REQUESTED' | 'APPROVED' | 'RECEIVED' | 'REFUNDED' | 'REJECTED' | 'CLOSED';
  readonly occurredAt: Date;
  /** Money given back, in minor units. */
  readonly refund: bigint;
  readonly lines: readonly ReturnLine[];
  readonly version: number;
}

export const POLICY_VERSION = 'standard-1';
const DEFAULT_WINDOW_DAYS = 30;
const DAY_MS = 86_400_000;

export interface ReturnPolicy {
  readonly returnable: boolean;
  readonly windowDays: number;
}

export const defaultPolicy: ReturnPolicy = { returnable: true, windowDays: DEFAULT_WINDOW_DAYS };

export interface WantedLine {
  readonly lineNo: number;
  readonly milli: bigint;
  readonly reasonCode: string | null;
}

export interface Eligibility {
  readonly decision: 'ALLOW' | 'DENY';
  readonly reasons: readonly string[];
  readonly policyVersion: string;
}

/** May these quantities of an order come back at that time? Every reason against is named. */
export function decideEligibility(
  order: Order,
  wanted: readonly WantedLine[],
  policies: ReadonlyMap<string, ReturnPolicy>,
  at: Date,
): Eligibility {
  const reasons = wanted.flatMap((line) => reasonsAgainst(order, line, policies, at));
  return { decision: reasons.length === 0 ? 'ALLOW' : 'DENY', reasons, policyVersion: POLICY_VERSION };
}

function reasonsAgainst(
  order: Order,
  wanted: WantedLine,
  policies: ReadonlyMap<string, ReturnPolicy>,
  at: Date,
): string[] {
  const line = order.lines.find((candidate) => candidate.lineNo === wanted.lineNo);
  if (!line) return [`line ${wanted.lineNo}: the order has no such line`];
  const policy = (line.sku === null ? undefined : policies.get(line.sku)) ?? defaultPolicy;
  const reasons: string[] = [];
  if (!policy.returnable) reasons.push(`line ${line.lineNo}: ${line.sku} is not returnable`);
  if (at.getTime() > order.placedAt.getTime() + policy.windowDays * DAY_MS) {
    reasons.push(`line ${line.lineNo}: the return window of ${policy.windowDays} days has passed`);
  }
  const most = remaining(line);
  if (wanted.milli > most)
    reasons.push(`line ${line.lineNo}: ${formatMilli(most)} ${line.quantity.uom} can still come back`);
  return reasons;
}

/** What of a line is neither back nor on its way back. */
export function remaining(line: OrderLine): bigint {
  return line.quantity.milli - line.returned - line.returnPending;
}

/** The share of a line's amounts that belongs to a part of its quantity, so that all parts together make the whole. */
export function shareOf(
  line: OrderLine,
  alreadyMilli: bigint,
  milli: bigint,
): { net: bigint; tax: bigint; gross: bigint } {
  const upTo = (amount: bigint, quantity: bigint) => divideRounded(amount * quantity, line.quantity.milli);
  const gross = upTo(line.gross, alreadyMilli + milli) - upTo(line.gross, alreadyMilli);
  const tax = upTo(line.tax, alreadyMilli + milli) - upTo(line.tax, alreadyMilli);
  return { net: gross - tax, tax, gross };
}

export interface DecidedReturn {
  readonly returned: Return;
  readonly exceptions: readonly TransactionException[];
  /** What comes off each order line, in thousandths. */
  readonly credited: ReadonlyMap<number, bigint>;
}

/** The return a ticket makes. It happened: what the order cannot cover is an exception, not a refusal. */
export function decideReturnTicket(
  ticket: ReturnTicket,
  known: Knowledge,
  original: Order | undefined,
  returnId: string,
): DecidedReturn {
  const matched = matchLines(ticket.lines, original, known);
  const lines = ticket.lines.map((line) => returnLine(line, matched.orderLineOf.get(line.lineNo) ?? null, known));
  const returned: Return = {
    id: returnId,
    orderId: original?.id ?? null,
    transactionId: null,
    location: ticket.location,
    customerId: known.customerId ?? original?.customerId ?? null,
    customerIdentityHash: known.customerIdentityHash ?? original?.customerIdentityHash ?? null,
    currency: ticket.currency,
    status: 'REFUNDED',
    occurredAt: ticket.occurredAt,
    refund: sumMinor(ticket.tenders.map((tender) => tender.amount)),
    lines,
    version: 1,
  };
  const names = ticket.original !== null && original === undefined;
  const unknownOriginal: TransactionException[] = names
    ? [{ code: 'UNKNOWN_ORIGINAL', lineNo: null, detail: 'the sale named is not known here', subject: null }]
    : [];
  const found = [
    ...catalogueExceptions(ticket.lines, known),
    ...unknownOriginal,
    ...matched.exceptions,
    ...headerExceptions(ticket, known, sumMinor(ticket.lines.map((line) => line.lineTotal))),
  ];
  return { returned, exceptions: found, credited: matched.credited };
}

function matchLines(lines: readonly ReturnTicketLine[], original: Order | undefined, known: Knowledge) {
  const credited = new Map<number, bigint>();
  const orderLineOf = new Map<number, number>();
  const found: TransactionException[] = [];
  for (const line of original ? lines : []) {
    const target = original?.lines.find((candidate) =>
      line.originalLineNo === null
        ? candidate.sku !== null &&
          candidate.sku === skuOf(line, known) &&
          left(candidate, credited) >= line.quantity.milli
        : candidate.lineNo === line.originalLineNo,
    );
    const available = target ? left(target, credited) : 0n;
    const taken = available < line.quantity.milli ? available : line.quantity.milli;
    if (target && taken > 0n) {
      orderLineOf.set(line.lineNo, target.lineNo);
      credited.set(target.lineNo, (credited.get(target.lineNo) ?? 0n) + taken);
    }
    if (taken < line.quantity.milli) {
      const detail = `${formatMilli(line.quantity.milli)} came back, the sale had ${formatMilli(taken)} left`;
      found.push({ code: 'OVER_RETURN', lineNo: line.lineNo, detail, subject: null });
    }
  }
  return { credited, orderLineOf, exceptions: found };
}

function left(line: OrderLine, credited: ReadonlyMap<number, bigint>): bigint {
  return remaining(line) - (credited.get(line.lineNo) ?? 0n);
}

function returnLine(line: ReturnTicketLine, orderLineNo: number | null, known: Knowledge): ReturnLine {
  return {
    lineNo: line.lineNo,
    orderLineNo,
    sku: skuOf(line, known),
    description: line.description,
    quantity: line.quantity,
    reasonCode: line.reasonCode,
    condition: null,
    disposition: line.disposition,
    ...splitTax(line.lineTotal, line.taxRate),
    gross: line.lineTotal,
  };
}

/** Lines of an approved return as asked for; amounts in proportion to what was paid. */
export function requestedLines(order: Order, wanted: readonly WantedLine[]): ReturnLine[] {
  return wanted.flatMap((want, index): ReturnLine[] => {
    const line = order.lines.find((candidate) => candidate.lineNo === want.lineNo);
    if (!line) return [];
    return [
      {
        lineNo: index + 1,
        orderLineNo: line.lineNo,
        sku: line.sku,
        description: line.description,
        quantity: { milli: want.milli, uom: line.quantity.uom },
        reasonCode: want.reasonCode,
        condition: null,
        disposition: 'RESTOCK',
        ...shareOf(line, line.returned + line.returnPending, want.milli),
      },
    ];
  });
}

export interface Receipt {
  readonly lineNo: number;
  readonly milli: bigint;
  readonly condition: string | null;
  readonly disposition: Disposition;
}

/** The return as it came in: quantities received, what becomes of them, and the money for them. */
export function decideReceipt(
  expected: Return,
  order: Order,
  receipts: readonly Receipt[],
  refunds: readonly Tender[],
  at: Date,
): Return {
  const lines = expected.lines.flatMap((line): ReturnLine[] => {
    const receipt = receipts.find((candidate) => candidate.lineNo === line.lineNo);
    const orderLine = order.lines.find((candidate) => candidate.lineNo === line.orderLineNo);
    if (!receipt || !orderLine) return [];
    const amounts = shareOf(orderLine, orderLine.returned, receipt.milli);
    return [
      {
        ...line,
        quantity: { milli: receipt.milli, uom: line.quantity.uom },
        condition: receipt.condition,
        disposition: receipt.disposition,
        ...amounts,
      },
    ];
  });
  const refund = sumMinor(refunds.map((tender) => tender.amount));
  const worth = sumMinor(lines.map((line) => line.gross));
  const status = refund === worth ? 'REFUNDED' : 'RECEIVED';
  return { ...expected, lines, refund, status, occurredAt: at, version: expected.version + 1 };
}
