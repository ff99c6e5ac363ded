// A ticket of the file as the graph takes it. Pure.
import { formatMinor } from '#platform/kernel/money.ts';
import type { Original } from './earlier-sales.ts';
import type { Ticket, TicketLine } from './mapping.ts';
import { identityOf } from './prepare.ts';

const CURRENCY = 'GBP';
const pounds = (pence: bigint) => formatMinor(pence, CURRENCY);

/** Member of `transactions` of RecordTransactionsInput. */
export function toTransactionInput(ticket: Ticket, location: string, original: Original | undefined) {
  const { transactionId, workstation, sequence, businessDate, occurredAt, customer, total } = ticket;
  const header = {
    transactionId,
    location,
    workstation,
    sequence,
    businessDate,
    occurredAt,
    currency: CURRENCY,
    customer: customer === null ? null : { identity: identityOf(customer) },
    // The form does not say how it was paid.
    tenders: total === 0n ? [] : [{ type: 'CARD', amount: pounds(total) }],
    grandTotal: pounds(total),
  };
  if (ticket.kind === 'SALE') return { sale: { ...header, lines: ticket.lines.map(toLine) } };
  const lines = ticket.lines.map((line) => ({
    ...toLine(line),
    originalLineNo: original?.lines.get(line.lineNo) ?? null,
  }));
  const sale = original ? { transactionId: original.transactionId } : null;
  return { return: { ...header, original: sale, lines } };
}

function toLine({ lineNo, sku, description, quantity, unitPrice, total }: TicketLine) {
  return {
    lineNo,
    sku,
    description,
    quantity: { value: quantity.toString() },
    unitPrice: pounds(unitPrice),
    lineTotal: pounds(total),
  };
}
