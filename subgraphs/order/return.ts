// Returns: what they are, who may announce what, and which share of a line's money belongs to a part of it. Eligibility uses the
// time of the request, never the server's.
import type { dispositions } from '#contracts/order.ts';
import { divideRounded } from '#platform/kernel/decimal.ts';
import { formatMilli, type Quantity } from '#platform/kernel/quantity.ts';
import type { Order, OrderLine } from './order.ts';

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
  const reasons = order.training
    ? ['the sale was practice: nothing was sold']
    : wanted.flatMap((line) => reasonsAgainst(order, line, policies, at));
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
