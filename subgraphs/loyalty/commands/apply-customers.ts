// Customers with a loyalty card become members, as of when they were first known; what they bought since then earns now.
import type { Writer } from '#platform/db/database.ts';
import type { SubgraphDependencies } from '#platform/graphql/subgraph-module.ts';
import { newId } from '#platform/kernel/ids.ts';
import { openAccount } from '../points.ts';
import { findReturns, findWaitingSales, learnIdentities, lockProjections } from '../projections.ts';
import { saveOpenedAccounts } from '../repository/ledger.ts';
import { writePoints } from './write-points.ts';

export interface CustomerState {
  readonly customerId: string;
  readonly identityHashes: readonly string[];
  /** Has a loyalty card, and may earn. */
  readonly member: boolean;
  readonly registeredAt: Date;
}

export async function applyCustomers(
  deps: SubgraphDependencies,
  tx: Writer,
  told: readonly CustomerState[],
): Promise<void> {
  const now = deps.clock.now();
  const customers = [...new Map(told.map((state) => [state.customerId, state])).values()];
  lockProjections(tx);
  const hashes = customers.flatMap(({ customerId, identityHashes }) =>
    identityHashes.map((hash) => [hash, customerId] as const),
  );
  learnIdentities(tx, new Map(hashes));
  const members = customers.filter(({ member }) => member);
  const accounts = members.map(({ customerId, registeredAt }) => openAccount(newId(), customerId, registeredAt));
  saveOpenedAccounts(tx, accounts, now);
  const waiting = await findWaitingSales(
    tx,
    customers.map(({ customerId }) => customerId),
  );
  if (waiting.length === 0) return;
  const returns = await findReturns(
    tx,
    waiting.map(({ sale }) => sale.orderId),
  );
  const works = waiting.map((found) => ({ ...found, returns: returns.get(found.sale.orderId) ?? [] }));
  await writePoints(deps, tx, works);
}
