// How domain types show as GraphQL types: amounts become Money, references become entities of their owners.
import { formatMinor } from '#platform/kernel/money.ts';
import { formatMilli, type Quantity } from '#platform/kernel/quantity.ts';
import type {
  BusinessDayResolvers,
  OrderLineResolvers,
  OrderResolvers,
  ReturnResolvers,
  StoreTransactionResolvers,
} from '../__generated__/resolvers.ts';
import { compareTenders, findGaps } from '../business-day.ts';
import type { OrderContext } from '../loaders.ts';
import { type TransactionException, totalsOf } from '../order.ts';
import type { StoreTransaction } from '../transaction.ts';
import { maySee } from '../visibility.ts';
import { visibleOrder, visibleTransaction } from './query.ts';

const money = (minor: bigint, currency: string) => ({ amount: formatMinor(minor, currency), currency });
const quantity = ({ milli, uom }: Quantity) => ({ value: formatMilli(milli), uom });
const variant = (sku: string | null) => (sku === null ? null : { sku });

export const order: OrderResolvers = {
  __resolveReference: (reference, context) => visibleOrder(context, reference.id),
  location: ({ location }) => ({ gln: location }),
  customer: ({ customerId }) => (customerId === null ? null : { id: customerId }),
  lines: ({ lines, currency }) => lines.map((line) => ({ ...line, currency })),
  totals(row) {
    const totals = totalsOf(row);
    const of = (name: keyof typeof totals) => money(totals[name], row.currency);
    return {
      net: of('net'),
      tax: of('tax'),
      grandTotal: of('grandTotal'),
      paid: of('paid'),
      refunded: of('refunded'),
      due: of('due'),
    };
  },
  tenders: ({ tenders, currency }) => tenders.map((tender) => ({ ...tender, amount: money(tender.amount, currency) })),
  returns: ({ id }, _, context) => context.loaders.returnsOfOrder.load(id),
};

export const orderLine: OrderLineResolvers = {
  variant: (line) => variant(line.sku),
  quantity: (line) => quantity(line.quantity),
  unitPrice: (line) => money(line.unitPrice, line.currency),
  net: (line) => money(line.net, line.currency),
  tax: (line) => money(line.tax, line.currency),
  gross: (line) => money(line.gross, line.currency),
  quantityReturned: (line) => quantity({ milli: line.returned, uom: line.quantity.uom }),
};

export const returned: ReturnResolvers = {
  __resolveReference: (reference, context) => visibleReturn(context, reference.id),
  order: (row, _, context) => visibleOrder(context, row.orderId),
  location: (row) => ({ gln: row.location }),
  refund: (row) => money(row.refund, row.currency),
  lines: (row) =>
    row.lines.map((line) => ({
      ...line,
      variant: variant(line.sku),
      quantity: quantity(line.quantity),
      net: money(line.net, row.currency),
      tax: money(line.tax, row.currency),
      gross: money(line.gross, row.currency),
    })),
};

async function visibleReturn({ loaders, principal }: OrderContext, id: string | null) {
  const found = id === null ? null : await loaders.returned.load(id);
  return found && maySee(principal, found) ? found : null;
}

async function openExceptions(row: StoreTransaction, context: OrderContext): Promise<readonly TransactionException[]> {
  return row.exceptions ?? context.loaders.exceptions.load(row.id);
}

export const storeTransaction: StoreTransactionResolvers = {
  __resolveReference: (reference, context) => visibleTransaction(context, reference.id),
  location: (row) => ({ gln: row.location }),
  grandTotal: (row) => money(row.grandTotal, row.currency),
  exceptions: async (row, _, context) => [...(await openExceptions(row, context))],
  heldFromPosting: async (row, _, context) => (await openExceptions(row, context)).length > 0,
  order: (row, _, context) => visibleOrder(context, row.orderId),
  // An exchange is seen by whoever bought; what was brought back for it may be somebody else's.
  return: (row, _, context) => visibleReturn(context, row.returnId),
};

export const businessDay: BusinessDayResolvers = {
  location: (row) => ({ gln: row.location }),
  transactionCount: async (row, _, context) => (await context.loaders.daySequences.load(row)).length,
  async lateCount(row, _, context) {
    const sequences = await context.loaders.daySequences.load(row);
    return sequences.filter((entry) => entry.lateArrival).length;
  },
  gaps: async (row, _, context) => findGaps(await context.loaders.daySequences.load(row)),
  async tenders(row, _, context) {
    const recorded = await context.loaders.dayTenders.load(row);
    return compareTenders(recorded, row.counted, row.status === 'CLOSED').map((total) => ({
      type: total.type,
      recorded: money(total.recorded, total.currency),
      counted: total.counted === null ? null : money(total.counted, total.currency),
      difference: total.counted === null ? null : money(total.counted - total.recorded, total.currency),
    }));
  },
};
