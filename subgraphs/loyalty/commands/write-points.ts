// The step all commands of the ledger end with: accounts locked, sales settled, entries, balances and events written.
import type { Writer } from '#platform/db/database.ts';
import type { SubgraphDependencies } from '#platform/graphql/subgraph-module.ts';
import { newId } from '#platform/kernel/ids.ts';
import { pointsEvent } from '../events.ts';
import { settle, type Work } from '../points.ts';
import { saveSales } from '../projections.ts';
import { lockAccounts, saveBalances, saveEntries } from '../repository/ledger.ts';

/** The projections are locked. However many sales there are, it is one lock, three writes and one append. */
export async function writePoints(
  { outbox, clock }: SubgraphDependencies,
  tx: Writer,
  works: readonly Work[],
): Promise<void> {
  if (works.length === 0) return;
  const now = clock.now();
  const accounts = await lockAccounts(
    tx,
    works.map(({ accountId }) => accountId),
  );
  const { sales, movements, accounts: changed } = settle(accounts, works, newId);
  if (movements.length > 0) {
    saveEntries(
      tx,
      movements.map(({ entry }) => entry),
      now,
    );
    saveBalances(tx, changed, now);
  }
  saveSales(tx, sales);
  outbox.append(tx, movements.map(pointsEvent), now);
}
