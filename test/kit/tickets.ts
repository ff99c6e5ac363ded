// Tickets for tests: a plain sale of two mugs and a candle that adds up, with a place of its own in the till's day.
import { randomUUID } from 'node:crypto';

/** A GLN with a right check digit. */
export const LOCATION = '5060000000016';
let sequence = 0;

export interface TicketLine {
  readonly [field: string]: unknown;
}

export function line(lineNo: number, sku: string | undefined, count: number, price: string, total: string): TicketLine {
  return {
    lineNo,
    ...(sku ? { sku } : { description: 'postage' }),
    quantity: { value: String(count) },
    unitPrice: price,
    lineTotal: total,
  };
}

/** RecordSaleInput; `changes` replace fields. */
export function saleInput(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const { idempotencyKey, ...ticket } = { idempotencyKey: randomUUID(), ...saleTicket(changes) };
  return { idempotencyKey, ...ticket };
}

/** SaleTicketInput: a RecordSaleInput without its key. */
export function saleTicket(changes: Record<string, unknown> = {}): Record<string, unknown> {
  sequence += 1;
  return {
    transactionId: randomUUID(),
    location: LOCATION,
    workstation: 'till-1',
    sequence,
    businessDate: '2026-11-24',
    occurredAt: '2026-11-24T09:30:00Z',
    currency: 'GBP',
    lines: [line(1, 'MUG-BLUE', 2, '4.50', '9.00'), line(2, 'CANDLE', 1, '12.00', '12.00')],
    tenders: [{ type: 'CARD', amount: '21.00' }],
    grandTotal: '21.00',
    ...changes,
  };
}

/** ReturnTicketInput: one mug comes back for 4.50, without a receipt. */
export function returnInput(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return saleTicket({
    lines: [line(1, 'MUG-BLUE', 1, '4.50', '4.50')],
    tenders: [{ type: 'CASH', amount: '4.50' }],
    grandTotal: '4.50',
    ...changes,
  });
}
