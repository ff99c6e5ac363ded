// One DataLoader per key, made per request, over the repository's batch reads.
import DataLoader from 'dataloader';
import type { Reader } from '#platform/db/database.ts';
import type { GraphContext } from '#platform/graphql/context.ts';
import type { BusinessDay } from './business-day.ts';
import type { Order, TransactionException } from './order.ts';
import { findBusinessDay, findSequences, findTenderTotals } from './repository/business-days.ts';
import { findOrderIdByNumber, findOrders, listOrderIds, type OrderFilter } from './repository/orders.ts';
import { findReturnIdsOfOrders, findReturns } from './repository/returns.ts';
import { findOpenExceptions, findTransactions, listHeld } from './repository/transactions.ts';
import type { Return } from './return.ts';
import type { StoreTransaction } from './transaction.ts';

/** A shop's business day, opened or not. */
export type DayKey = Pick<BusinessDay, 'location' | 'date'>;

export interface OrderLoaders {
  readonly order: DataLoader<string, Order | null>;
  readonly orderIdByNumber: DataLoader<string, string | null>;
  readonly returned: DataLoader<string, Return | null>;
  readonly returnsOfOrder: DataLoader<string, Return[]>;
  readonly transaction: DataLoader<string, StoreTransaction | null>;
  /** Open exceptions by transaction id. */
  readonly exceptions: DataLoader<string, TransactionException[]>;
  /** Null for a day that was never opened. */
  readonly day: DataLoader<DayKey, BusinessDay | null, string>;
  /** Till, number and lateness of each of the day's tickets. */
  readonly daySequences: DataLoader<DayKey, DaySequences, string>;
  /** What the day's tickets say was tendered. */
  readonly dayTenders: DataLoader<DayKey, DayTenders, string>;
  /** Ids of orders, newest first, after the given one. */
  readonly orderIdPage: (filter: OrderFilter, after: string | undefined, limit: number) => Promise<string[]>;
  /** Tickets with open exceptions, newest first, after the given one; of all shops without a location. */
  readonly heldPage: (location: string | null, after: string | undefined, limit: number) => Promise<StoreTransaction[]>;
}

type DaySequences = Awaited<ReturnType<typeof findSequences>>;
type DayTenders = Awaited<ReturnType<typeof findTenderTotals>>;

export type OrderContext = GraphContext<OrderLoaders>;

function byId<T extends { readonly id: string }>(
  find: (ids: readonly string[]) => Promise<T[]>,
): DataLoader<string, T | null> {
  return new DataLoader(async (ids) => {
    const found = new Map((await find(ids)).map((row) => [row.id, row]));
    return ids.map((id) => found.get(id) ?? null);
  });
}

/** Once per day and request: several fields of a day are folds of the same rows, and a query names few days. */
function byDay<T>(find: (location: string, date: string) => Promise<T>): DataLoader<DayKey, T, string> {
  return new DataLoader((days) => Promise.all(days.map(({ location, date }) => find(location, date))), {
    cacheKeyFn: ({ location, date }) => `${location}@${date}`,
  });
}

export function createLoaders(reader: Reader): OrderLoaders {
  const returned = byId((ids) => findReturns(reader, ids));
  return {
    order: byId((ids) => findOrders(reader, ids)),
    orderIdByNumber: new DataLoader((numbers) =>
      Promise.all(numbers.map(async (number) => (await findOrderIdByNumber(reader, number)) ?? null)),
    ),
    returned,
    transaction: byId((ids) => findTransactions(reader, ids)),
    returnsOfOrder: new DataLoader(async (orderIds) => {
      const rows = await findReturnIdsOfOrders(reader, orderIds);
      const returns = await returned.loadMany(rows.map((row) => row.id));
      const loaded = returns.filter((entry): entry is Return => entry !== null && !(entry instanceof Error));
      return orderIds.map((orderId) => loaded.filter((entry) => entry.orderId === orderId));
    }),
    exceptions: new DataLoader(async (transactionIds) => {
      const rows = await findOpenExceptions(reader, transactionIds);
      return transactionIds.map((id) => rows.filter((row) => row.transactionId === id));
    }),
    day: byDay(async (location, date) => (await findBusinessDay(reader, location, date)) ?? null),
    daySequences: byDay((location, date) => findSequences(reader, location, date)),
    dayTenders: byDay((location, date) => findTenderTotals(reader, location, date)),
    orderIdPage: (filter, after, limit) => listOrderIds(reader, filter, after, limit),
    heldPage: (location, after, limit) => listHeld(reader, location, after, limit),
  };
}
