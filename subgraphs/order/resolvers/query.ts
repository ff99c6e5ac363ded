// Queries, all through loaders; rows of others are as if they were not there.
import { openPage, toConnection } from '#platform/graphql/connection.ts';
import type { QueryResolvers } from '../__generated__/resolvers.ts';
import { checkEligibility } from '../commands/request-return.ts';
import type { OrderContext } from '../loaders.ts';
import type { Order } from '../order.ts';
import type { StoreTransaction } from '../transaction.ts';
import { maySee, narrow } from '../visibility.ts';

export async function visibleOrder(context: OrderContext, id: string | null): Promise<Order | null> {
  const order = id === null ? null : await context.loaders.order.load(id);
  return order && maySee(context.principal, order) ? order : null;
}

/** A ticket is its shop's, and the customer's whose order or return it made. */
export async function visibleTransaction(context: OrderContext, id: string): Promise<StoreTransaction | null> {
  const { transaction, order, returned } = context.loaders;
  const found = await transaction.load(id);
  if (!found) return null;
  const made = found.orderId
    ? await order.load(found.orderId)
    : found.returnId && (await returned.load(found.returnId));
  const customerId = made ? made.customerId : null;
  return maySee(context.principal, { location: found.location, customerId }) ? found : null;
}

export const query: QueryResolvers = {
  order: (_, { id }, context) => visibleOrder(context, id),

  orderByNumber: async (_, { number }, context) =>
    visibleOrder(context, await context.loaders.orderIdByNumber.load(number)),

  async orders(_, { filter, first, after }, context) {
    const page = openPage(context.keys.cursor, 'orders', { first, after: after ?? null });
    const { location = null, customerId = null, businessDate = null } = filter ?? {};
    const scope = narrow(context.principal, { location, customerId });
    const { orderIdPage } = context.loaders;
    const ids = scope ? await orderIdPage({ ...scope, businessDate }, page.after, page.first + 1) : [];
    const orders = await context.loaders.order.loadMany(ids);
    const found = orders.filter((order): order is Order => order !== null && !(order instanceof Error));
    return toConnection(context.keys.cursor, 'orders', page, found, (order) => order.id);
  },

  storeTransaction: (_, { id }, context) => visibleTransaction(context, id),

  async heldTransactions(_, { location, first, after }, context) {
    const page = openPage(context.keys.cursor, 'heldTransactions', { first, after: after ?? null });
    // Exceptions are a shop's business: a shopper's token sees none.
    const scope = narrow(context.principal, { location: location ?? null, customerId: null });
    const rows =
      !scope || scope.customerId ? [] : await context.loaders.heldPage(scope.location, page.after, page.first + 1);
    return toConnection(context.keys.cursor, 'heldTransactions', page, rows, (row) => row.id);
  },

  returnEligibility: (_, { input }, context) => checkEligibility(context, input),

  async businessDay(_, { location, date }, context) {
    if (!maySee(context.principal, { location, customerId: null })) return null;
    const day = await context.loaders.day.load({ location, date });
    if (day) return day;
    const { daySequences, dayTenders } = context.loaders;
    const happened = await Promise.all([daySequences.load({ location, date }), dayTenders.load({ location, date })]);
    const none = { status: 'NOT_OPENED' as const, openedAt: null, closedAt: null, counted: [], version: 0 };
    return happened.some((rows) => rows.length > 0) ? { location, date, ...none } : null;
  },
};
