// One DataLoader per key, made per request, over the repository's batch reads.
import DataLoader from 'dataloader';
import type { Reader } from '#platform/db/database.ts';
import type { GraphContext } from '#platform/graphql/context.ts';
import type { Order, TransactionException } from './order.ts';
import { findOrders } from './repository/orders.ts';
import { findReturnIdsOfOrders, findReturns } from './repository/returns.ts';
import { findOpenExceptions, findTransactions } from './repository/transactions.ts';
import type { Return } from './return.ts';
import type { StoreTransaction } from './transaction.ts';

export interface OrderLoaders {
  readonly order: DataLoader<string, Order | null>;
  readonly returned: DataLoader<string, Return | null>;
  readonly returnsOfOrder: DataLoader<string, Return[]>;
  readonly transaction: DataLoader<string, StoreTransaction | null>;
  /** Open exceptions by transaction id. */
  readonly exceptions: DataLoader<string, TransactionException[]>;
}

export type OrderContext = GraphContext<OrderLoaders>;

function byId<T extends { readonly id: string }>(
  find: (ids: readonly string[]) => Promise<T[]>,
): DataLoader<string, T | null> {
  return new DataLoader(async (ids) => {
    const found = new Map((await find(ids)).map((row) => [row.id, row]));
    return ids.map((id) => found.get(id) ?? null);
  });
}

export function createLoaders(reader: Reader): OrderLoaders {
  const returned = byId((ids) => findReturns(reader, ids));
  return {
    order: byId((ids) => findOrders(reader, ids)),
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
  };
}
