// Events of the order subgraph: sales, returns and business days. Amounts are decimals in the event's currency.
import { z } from 'zod';
import { defineEvent } from '#platform/messaging/contract.ts';

const decimal = z.string();
const when = z.string();

const customerRef = z.object({
  /** As it was named, known by then or not. */
  customerId: z.string().nullable(),
  /** Keyed hash of the identity on the ticket, for whoever knows the customer before the order subgraph does. */
  customerIdentityHash: z.string().nullable(),
});

export const saleLine = z.object({
  lineNo: z.number(),
  /** Null for a line that moves no stock: postage, fees, a manual amount. */
  sku: z.string().nullable(),
  quantity: decimal,
  uom: z.string(),
  net: decimal,
  gross: decimal,
});

export const saleRecorded = defineEvent({
  name: 'order.sale.recorded',
  version: 1,
  meaning: 'A till sold something; goods and money changed hands. Never for training tickets.',
  key: 'order id',
  dataclass: 'INTERNAL',
  schema: customerRef.extend({
    orderId: z.string(),
    number: z.string(),
    transactionId: z.string(),
    location: z.string(),
    businessDate: z.string(),
    occurredAt: when,
    currency: z.string(),
    net: decimal,
    grandTotal: decimal,
    lines: z.array(saleLine),
    version: z.number(),
  }),
});

export const dispositions = ['RESTOCK', 'REFURB', 'VENDOR', 'DESTROY'] as const;

const returnLine = z.object({
  lineNo: z.number(),
  /** Line of the order it came from; null without a receipt. */
  orderLineNo: z.number().nullable(),
  sku: z.string().nullable(),
  quantity: decimal,
  uom: z.string(),
  net: decimal,
  gross: decimal,
  disposition: z.enum(dispositions),
});

const returnState = customerRef.extend({
  returnId: z.string(),
  /** Null for a return without a receipt. */
  orderId: z.string().nullable(),
  /** The ticket it came on; null for a return that was requested first. */
  transactionId: z.string().nullable(),
  location: z.string(),
  occurredAt: when,
  currency: z.string(),
  lines: z.array(returnLine),
  version: z.number(),
});

const ofReturn = {
  version: 1,
  key: 'order id, or return id without an order',
  dataclass: 'INTERNAL',
  schema: returnState,
} as const;

export const returnRequested = defineEvent({
  ...ofReturn,
  name: 'return.requested',
  meaning: 'Somebody wants to give goods of an order back.',
});

export const returnApproved = defineEvent({
  ...ofReturn,
  name: 'return.approved',
  meaning: 'A requested return may come in.',
});

export const returnReceived = defineEvent({
  ...ofReturn,
  name: 'return.received',
  meaning: 'The goods of a return are back; each line says what becomes of them.',
});

const businessDay = z.object({
  location: z.string(),
  date: z.string(),
  at: when,
  version: z.number(),
});

export const businessDayOpened = defineEvent({
  name: 'store.businessday.opened',
  version: 1,
  meaning: 'A shop began a business day.',
  key: 'location@date',
  dataclass: 'INTERNAL',
  schema: businessDay,
});

export const businessDayClosed = defineEvent({
  name: 'store.businessday.closed',
  version: 1,
  meaning: 'A shop closed a business day; later tickets of it are late.',
  key: 'location@date',
  dataclass: 'INTERNAL',
  schema: businessDay.extend({
    transactions: z.number(),
    /** Gaps in the sequence of each workstation: `till-1:17`. */
    gaps: z.array(z.string()),
  }),
});

export const transactionLate = defineEvent({
  name: 'store.transaction.late',
  version: 1,
  meaning: 'A ticket arrived after its business day was closed; it is kept and held from posting.',
  key: 'location@date',
  dataclass: 'INTERNAL',
  schema: z.object({ transactionId: z.string(), location: z.string(), businessDate: z.string(), receivedAt: when }),
});
