// What other subgraphs' events teach this one: products and customers become known, and exceptions that waited for them resolve.
import { customerRegistered } from '#contracts/customer.ts';
import { productUpserted } from '#contracts/product.ts';
import type { Writer } from '#platform/db/database.ts';
import { parse } from '#platform/errors/parse.ts';
import type { SubgraphDependencies } from '#platform/graphql/subgraph-module.ts';
import type { StoredEvent } from '#platform/messaging/contract.ts';
import { excludeUnknowing, learnCustomers, learnVariants } from '../projections.ts';
import { resolveExceptions } from '../repository/transactions.ts';

export async function learnProducts(
  deps: SubgraphDependencies,
  tx: Writer,
  events: readonly StoredEvent[],
): Promise<void> {
  const variants = events.flatMap((stored) => {
    const product = parse(productUpserted.schema, stored.data);
    return product.variants.map((variant) => ({ ...variant, productId: product.productId, version: product.version }));
  });
  const now = deps.clock.now();
  await excludeUnknowing(tx);
  learnVariants(tx, variants);
  resolveExceptions(
    tx,
    'UNKNOWN_SKU',
    variants.map((variant) => variant.sku),
    now,
  );
  resolveExceptions(
    tx,
    'UNKNOWN_GTIN',
    variants.flatMap((variant) => variant.gtins),
    now,
  );
}

export async function learnCustomerStates(
  deps: SubgraphDependencies,
  tx: Writer,
  events: readonly StoredEvent[],
): Promise<void> {
  const customers = events.map((stored) => {
    const state = parse(customerRegistered.schema, stored.data);
    const identityHashes = state.identities.map((identity) => identity.hash);
    return { customerId: state.customerId, identityHashes, version: state.version };
  });
  await excludeUnknowing(tx);
  learnCustomers(tx, customers);
  const subjects = customers.flatMap((customer) => [customer.customerId, ...customer.identityHashes]);
  resolveExceptions(tx, 'UNKNOWN_CUSTOMER', subjects, deps.clock.now());
}
