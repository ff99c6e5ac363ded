// What the bare handler sends with each statement of a sale, by the statement's name. A statement missing here ends the benchmark.
import type { Sale } from './sale.ts';

export interface Facts {
  readonly sale: Sale;
  readonly now: Date;
  readonly bodyHash: string;
  readonly customerHash: string;
  readonly number: string;
  readonly orderId: string;
  readonly transactionId: string;
  readonly eventId: string;
}

const minor = (amount: string) => Math.round(Number(amount) * 100);
const net = (amount: string) => minor(amount) - Math.round(minor(amount) / 6);
const decimal = (amount: number) => (amount / 100).toFixed(2);

function eventOf({ sale, orderId, transactionId, number, customerHash }: Facts): string {
  return JSON.stringify({
    orderId,
    number,
    transactionId,
    location: sale.location,
    businessDate: sale.businessDate,
    occurredAt: sale.occurredAt,
    currency: sale.currency,
    customerId: sale.customer.identity.value,
    customerIdentityHash: customerHash,
    net: decimal(net(sale.grandTotal)),
    grandTotal: sale.grandTotal,
    lines: sale.lines.map(({ lineNo, sku, quantity, lineTotal }) => {
      return { lineNo, sku, quantity: quantity.value, uom: 'EA', net: decimal(net(lineTotal)), gross: lineTotal };
    }),
    version: 1,
  });
}

export const valuesOf: Readonly<Record<string, (facts: Facts) => unknown[]>> = {
  'idempotency.find': ({ sale }) => ['bare', 'recordSale', sale.idempotencyKey],
  'transaction.same': ({ sale: { transactionId, location, businessDate, workstation, sequence } }) => {
    return [transactionId, location, businessDate, workstation, sequence];
  },
  'businessDay.find': ({ sale }) => [sale.location, sale.businessDate],
  'projection.skus': ({ sale }) => [sale.lines.map(({ sku }) => sku)],
  'projection.customerByIdentity': ({ customerHash }) => [customerHash],
  'order.insert': ({ sale, orderId, number, customerHash }) => {
    const { location, customer, occurredAt, businessDate, currency, grandTotal } = sale;
    const who = [customer.identity.value, customerHash];
    const what = [occurredAt, businessDate, currency, 'FULFILLED', minor(grandTotal), false, 1];
    return [orderId, number, 'POS', location, ...who, ...what];
  },
  'order.insertLines': ({ sale: { lines }, orderId }) => [
    orderId,
    lines.map(({ lineNo }) => lineNo),
    lines.map(({ sku }) => sku),
    lines.map(() => null),
    lines.map(({ quantity }) => quantity.value),
    lines.map(() => 'EA'),
    lines.map(({ unitPrice }) => minor(unitPrice)),
    lines.map(() => 0),
    lines.map(({ taxRate }) => taxRate),
    lines.map(({ lineTotal }) => net(lineTotal)),
    lines.map(({ lineTotal }) => minor(lineTotal) - net(lineTotal)),
    lines.map(({ lineTotal }) => minor(lineTotal)),
  ],
  'transaction.insert': ({ sale, transactionId, orderId, bodyHash, now }) => {
    const { location, workstation, sequence, businessDate, occurredAt, currency, grandTotal } = sale;
    const place = [location, workstation, sequence, businessDate, occurredAt, now];
    return [
      transactionId,
      sale.transactionId,
      'SALE',
      ...place,
      currency,
      minor(grandTotal),
      false,
      false,
      false,
      bodyHash,
      orderId,
      null,
    ];
  },
  'transaction.insertTenders': ({ sale: { tenders }, transactionId, orderId }) => [
    transactionId,
    orderId,
    null,
    tenders.map((_, index) => index + 1),
    tenders.map(({ type }) => type),
    tenders.map(({ amount }) => minor(amount)),
    tenders.map(() => null),
  ],
  'outbox.append': (facts) => {
    const traceparent = `00-${facts.orderId.replaceAll('-', '')}-0000000000000001-01`;
    const names = [[facts.eventId], ['order.sale.recorded'], [1], [facts.orderId], [1]];
    return [facts.now, null, null, traceparent, ...names, [facts.sale.occurredAt], ['INTERNAL'], [eventOf(facts)]];
  },
  'idempotency.keep': ({ sale, bodyHash, transactionId, now }) => {
    const outcome = JSON.stringify({ type: 'SaleRecorded', transactionId, duplicate: false });
    return ['bare', 'recordSale', sale.idempotencyKey, bodyHash, outcome, now];
  },
};
