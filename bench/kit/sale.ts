// The sale of the benchmark: a member buys three SKUs; the mutation asks for what a till prints.
import { randomUUID } from 'node:crypto';
import { cards, shops, skus } from './shop.ts';

export const RECORD_SALE = `mutation RecordSale($input: RecordSaleInput!) {
  recordSale(input: $input) {
    __typename
    ... on SaleRecorded {
      duplicate
      transaction { id lateArrival exceptions { code lineNo detail } }
      order { id number totals { grandTotal { amount currency } } }
    }
    ... on Rejection { code message }
  }
}`;

/** In the answer of a sale that was recorded as it is, without exceptions. */
export const RECORDED = '"exceptions":[]';

export interface Sale {
  readonly idempotencyKey: string;
  readonly transactionId: string;
  readonly location: string;
  readonly workstation: string;
  readonly sequence: number;
  readonly businessDate: string;
  readonly occurredAt: string;
  readonly currency: string;
  readonly customer: { readonly identity: { readonly type: string; readonly value: string } };
  readonly lines: readonly {
    readonly lineNo: number;
    readonly sku: string;
    readonly quantity: { readonly value: string };
    readonly unitPrice: string;
    readonly taxRate: string;
    readonly lineTotal: string;
  }[];
  readonly tenders: readonly { readonly type: string; readonly amount: string }[];
  readonly grandTotal: string;
}

const pick = (values: readonly string[], number: number) => values[number % values.length] ?? '';
let sold = 0;

export function nextSale(): Sale {
  sold += 1;
  const line = (lineNo: number, step: number) => ({
    lineNo,
    sku: pick(skus, sold * 7 + step),
    quantity: { value: '2' },
    unitPrice: '4.50',
    taxRate: '0.2',
    lineTotal: '9.00',
  });
  return {
    idempotencyKey: randomUUID(),
    transactionId: randomUUID(),
    location: pick(shops, sold),
    workstation: `till-${sold % 16}`,
    sequence: sold,
    businessDate: '2026-11-24',
    occurredAt: '2026-11-24T09:30:00Z',
    currency: 'GBP',
    customer: { identity: { type: 'LOYALTY_CARD', value: pick(cards, sold) } },
    lines: [line(1, 0), line(2, 67), line(3, 131)],
    tenders: [{ type: 'CARD', amount: '27.00' }],
    grandTotal: '27.00',
  };
}
