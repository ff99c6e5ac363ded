// Parsed tickets, what is known of them, and the order they make: the givens of the order subgraph's rules.
import { parse } from '#platform/errors/parse.ts';
import { decideSale, type Knowledge, type Order, type OrderLine } from '../../subgraphs/order/order.ts';
import { type ReturnTicket, returnTicket, type SaleTicket, saleTicket } from '../../subgraphs/order/ticket.ts';
import { line, saleTicket as rawSale, returnInput } from './tickets.ts';

const occurredAt = new Date('2026-11-24T09:30:00Z');

export const sale = (changes: Record<string, unknown> = {}): SaleTicket =>
  parse(saleTicket, rawSale({ occurredAt, ...changes }));

export const comeback = (changes: Record<string, unknown> = {}): ReturnTicket =>
  parse(returnTicket, returnInput({ occurredAt, ...changes }));

/** Everything is known that tickets of the kit name. */
export function knowing(changes: Partial<Knowledge> = {}): Knowledge {
  const nobody = { customerId: null, customerIdentityHash: null, dayClosed: false };
  return { skus: new Set(['MUG-BLUE', 'CANDLE']), gtins: new Map(), ...nobody, ...changes };
}

export const orderOf = (changes: Record<string, unknown> = {}): Order =>
  decideSale(sale(changes), knowing(), 'order-1').order;

/** An order of one line: so many pieces for so many minor units. */
export function orderOfOne(count: bigint, gross: bigint, changes: Partial<OrderLine> = {}): Order {
  const order = orderOf({ lines: [line(1, 'MUG-BLUE', 1, '1.00', '1.00')] });
  const lines = order.lines.map((one) => ({
    ...one,
    quantity: { milli: count * 1_000n, uom: 'EA' },
    gross,
    ...changes,
  }));
  return { ...order, lines, tenders: [{ type: 'CASH', amount: gross, reference: null }], grandTotal: gross };
}
