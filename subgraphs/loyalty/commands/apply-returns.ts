// Returns take back what their part of the sale has earned. Kept whether or not the sale has earned yet: it asks for them when it
// does.
import type { Writer } from '#platform/db/database.ts';
import type { SubgraphDependencies } from '#platform/graphql/subgraph-module.ts';
import type { SaleReturn } from '../points.ts';
import { findSales, lockProjections, saveNewReturns } from '../projections.ts';
import { writePoints } from './write-points.ts';

export async function applyReturns(deps: SubgraphDependencies, tx: Writer, told: readonly SaleReturn[]): Promise<void> {
  if (told.length === 0) return;
  lockProjections(tx);
  const fresh = await saveNewReturns(tx, told);
  const unique = [...new Map(told.map((one) => [one.returnId, one])).values()];
  const returns = Map.groupBy(
    unique.filter(({ returnId }) => fresh.has(returnId)),
    ({ orderId }) => orderId,
  );
  if (returns.size === 0) return;
  const sales = await findSales(tx, [...returns.keys()]);
  const works = sales.flatMap((sale) =>
    sale.accountId === null ? [] : [{ sale, accountId: sale.accountId, returns: returns.get(sale.orderId) ?? [] }],
  );
  await writePoints(deps, tx, works);
}
