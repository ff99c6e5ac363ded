// What a return ticket makes, and what it takes off the sale it names. It happened: what the sale cannot cover is an exception
// beside the ticket, never a refusal.
import { formatMinor, sumMinor } from '#platform/kernel/money.ts';
import { formatMilli } from '#platform/kernel/quantity.ts';
import {
  catalogueExceptions,
  headerExceptions,
  type Knowledge,
  lineExceptions,
  type Order,
  type OrderLine,
  skuOf,
  splitTax,
  type TransactionException,
  totalsOf,
} from './order.ts';
import { type Return, type ReturnLine, remaining } from './return.ts';
import type { ReturnTicket, ReturnTicketLine } from './ticket.ts';

export interface DecidedReturn {
  readonly returned: Return;
  readonly exceptions: readonly TransactionException[];
  /** What comes off each order line, in thousandths. */
  readonly credited: ReadonlyMap<number, bigint>;
  /** Money to book as given back for the order, in its currency. */
  readonly refunded: bigint;
}

/** The sale a return ticket may take from: practice takes from practice only, so that it changes nothing real. */
export function originalFor(ticket: ReturnTicket, named: Order | undefined): Order | undefined {
  return named?.training === ticket.training ? named : undefined;
}

export function decideReturnTicket(
  ticket: ReturnTicket,
  known: Knowledge,
  original: Order | undefined,
  returnId: string,
): DecidedReturn {
  const matched = matchLines(ticket.lines, original, known);
  const lines = ticket.lines.map((line) => returnLine(line, matched.orderLineOf.get(line.lineNo) ?? null, known));
  const refund = sumMinor(ticket.tenders.map((tender) => tender.amount));
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
    refund,
    lines,
    version: 1,
  };
  const undiscounted = ticket.lines.map((line) => ({ ...line, discount: 0n }));
  const found = [
    ...catalogueExceptions(ticket.lines, known),
    ...lineExceptions(undiscounted, ticket.currency),
    ...originalExceptions(ticket, original, refund),
    ...matched.exceptions,
    ...headerExceptions(ticket, known, sumMinor(ticket.lines.map((line) => line.lineTotal))),
  ];
  // Pounds cannot be taken off euros: the goods are booked, the money waits for a person.
  const refunded = original?.currency === ticket.currency ? refund : 0n;
  return { returned, exceptions: found, credited: matched.credited, refunded };
}

function originalExceptions(ticket: ReturnTicket, original: Order | undefined, refund: bigint): TransactionException[] {
  const one = (code: TransactionException['code'], detail: string) => [{ code, lineNo: null, detail, subject: null }];
  if (ticket.original === null) return [];
  if (!original) return one('UNKNOWN_ORIGINAL', 'the sale named is not known here');
  const { currency } = original;
  if (currency !== ticket.currency) return one('CURRENCY_MISMATCH', `the sale was in ${currency}`);
  const left = totalsOf(original).paid - original.refunded;
  if (refund <= left) return [];
  const money = (minor: bigint) => `${formatMinor(minor, currency)} ${currency}`;
  return one('OVER_REFUND', `${money(refund)} was given back, ${money(left)} of what was paid was left`);
}

interface Matched {
  readonly credited: Map<number, bigint>;
  readonly orderLineOf: Map<number, number>;
  readonly exceptions: TransactionException[];
}

function matchLines(lines: readonly ReturnTicketLine[], original: Order | undefined, known: Knowledge): Matched {
  const matched: Matched = { credited: new Map(), orderLineOf: new Map(), exceptions: [] };
  for (const line of original ? lines : []) {
    let missing = line.quantity.milli;
    for (const target of targetsOf(line, original?.lines ?? [], known, matched.credited)) {
      const available = leftOf(target, matched.credited);
      const taken = available < missing ? available : missing;
      if (taken <= 0n) continue;
      if (!matched.orderLineOf.has(line.lineNo)) matched.orderLineOf.set(line.lineNo, target.lineNo);
      matched.credited.set(target.lineNo, (matched.credited.get(target.lineNo) ?? 0n) + taken);
      missing -= taken;
    }
    if (missing === 0n) continue;
    const had = formatMilli(line.quantity.milli - missing);
    const detail = `${formatMilli(line.quantity.milli)} came back, the sale had ${had} left`;
    matched.exceptions.push({ code: 'OVER_RETURN', lineNo: line.lineNo, detail, subject: null });
  }
  return matched;
}

/** Lines of the sale a returned line may come from: the one it names, else those of its SKU, one that covers it all first. */
function targetsOf(
  line: ReturnTicketLine,
  candidates: readonly OrderLine[],
  known: Knowledge,
  credited: ReadonlyMap<number, bigint>,
): OrderLine[] {
  if (line.originalLineNo !== null) return candidates.filter(({ lineNo }) => lineNo === line.originalLineNo);
  const sku = skuOf(line, known);
  const ofSku = sku === null ? [] : candidates.filter((candidate) => candidate.sku === sku);
  const whole = ofSku.find((candidate) => leftOf(candidate, credited) >= line.quantity.milli);
  return whole ? [whole] : ofSku;
}

function leftOf(line: OrderLine, credited: ReadonlyMap<number, bigint>): bigint {
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
