// Sales earn points for their member. One whose member is not known yet is kept and earns when the account appears; one that
// names nobody is not kept.
import type { Writer } from '#platform/db/database.ts';
import type { SubgraphDependencies } from '#platform/graphql/subgraph-module.ts';
import type { Sale } from '../points.ts';
import { findAccountsOfSales, findReturns, lockProjections, saveNewSales } from '../projections.ts';
import { writePoints } from './write-points.ts';

export async function applySales(deps: SubgraphDependencies, tx: Writer, told: readonly Sale[]): Promise<void> {
  const named = told.filter(
    ({ customerId, customerIdentityHash }) => customerId !== null || customerIdentityHash !== null,
  );
  if (named.length === 0) return;
  lockProjections(tx);
  const fresh = await saveNewSales(tx, named);
  const sales = [...new Map(named.map((sale) => [sale.orderId, sale])).values()].filter(({ orderId }) =>
    fresh.has(orderId),
  );
  if (sales.length === 0) return;
  const accounts = await findAccountsOfSales(tx, sales);
  if (accounts.size === 0) return;
  // A return can be here before its sale: after a dead letter was handled anew.
  const returns = await findReturns(tx, [...accounts.keys()]);
  const works = sales.flatMap((sale) => {
    const accountId = accounts.get(sale.orderId);
    return accountId === undefined ? [] : [{ sale, accountId, returns: returns.get(sale.orderId) ?? [] }];
  });
  await writePoints(deps, tx, works);
}
