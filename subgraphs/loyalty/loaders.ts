// Batched reads of one request. An account the caller may not see is as absent as one that never was.
import DataLoader from 'dataloader';
import type { Principal } from '#platform/auth/principal.ts';
import type { Database } from '#platform/db/database.ts';
import type { GraphContext } from '#platform/graphql/context.ts';
import type { LoyaltyAccount } from './points.ts';
import { readPointsOfOrders } from './projections.ts';
import { readAccounts, readAccountsOfCustomers, readEntryPage } from './repository/ledger.ts';
import { maySee } from './visibility.ts';

export function createLoaders(db: Database, principal: Principal) {
  const visible = (accounts: readonly LoyaltyAccount[]) =>
    accounts.filter(({ customerId }) => maySee(principal, customerId));
  return {
    account: new DataLoader<string, LoyaltyAccount | null>(async (ids) => {
      const byId = new Map(visible(await readAccounts(db, ids)).map((account) => [account.id, account]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
    accountOfCustomer: new DataLoader<string, LoyaltyAccount | null>(async (customerIds) => {
      const accounts = visible(await readAccountsOfCustomers(db, customerIds));
      const byCustomer = new Map(accounts.map((account) => [account.customerId, account]));
      return customerIds.map((id) => byCustomer.get(id) ?? null);
    }),
    /** What an order earned less what was taken back; 0 for somebody else's. */
    pointsOfOrder: new DataLoader<string, bigint>(async (orderIds) => {
      const rows = (await readPointsOfOrders(db, orderIds)).filter(({ customerId }) => maySee(principal, customerId));
      const byOrder = new Map(rows.map(({ orderId, points }) => [orderId, points]));
      return orderIds.map((id) => byOrder.get(id) ?? 0n);
    }),
    entryPage: (accountId: string, below: number, limit: number) => readEntryPage(db, accountId, below, limit),
  };
}

export type LoyaltyLoaders = ReturnType<typeof createLoaders>;
export type LoyaltyContext = GraphContext<LoyaltyLoaders>;
