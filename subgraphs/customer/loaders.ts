// Batched reads of one request. A customer the caller may not see is as absent as one that never was.
import DataLoader from 'dataloader';
import type { Identity } from '#contracts/identities.ts';
import type { Principal } from '#platform/auth/principal.ts';
import type { Database } from '#platform/db/database.ts';
import type { GraphContext } from '#platform/graphql/context.ts';
import type { Consent } from './consent.ts';
import { type Customer, sameIdentity } from './customer.ts';
import { readConsents, readCustomers, readOwners } from './repository.ts';
import { maySee } from './visibility.ts';

export function createLoaders(db: Database, principal: Principal) {
  const customer = new DataLoader<string, Customer | null>(async (ids) => {
    const visible = ids.filter((id) => maySee(principal, id));
    const rows = visible.length === 0 ? [] : await readCustomers(db, visible);
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => byId.get(id) ?? null);
  });
  return {
    customer,
    byIdentity: new DataLoader<Identity, Customer | null, string>(
      async (identities) => {
        const owners = await readOwners(db, identities);
        const ids = identities.map((one) => owners.find((owner) => sameIdentity(owner, one))?.customerId);
        return Promise.all(ids.map(async (id) => (id === undefined ? null : customer.load(id))));
      },
      { cacheKeyFn: ({ type, value }) => `${type}\n${value}` },
    ),
    /** The consent in force for each purpose; the customer was seen before. */
    consents: new DataLoader<string, Consent[]>(async (ids) => {
      const byCustomer = Map.groupBy(await readConsents(db, ids), ({ customerId }) => customerId);
      return ids.map((id) => byCustomer.get(id) ?? []);
    }),
  };
}

export type CustomerLoaders = ReturnType<typeof createLoaders>;
export type CustomerContext = GraphContext<CustomerLoaders>;
