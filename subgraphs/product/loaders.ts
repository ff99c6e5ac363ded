// One DataLoader per key, made per request, over the repository's batch reads.
import DataLoader from 'dataloader';
import type { Reader } from '#platform/db/database.ts';
import type { GraphContext } from '#platform/graphql/context.ts';
import type { Price } from './price.ts';
import type { Product, Variant } from './product.ts';
import { findCheckpoint, findPrices } from './repository/prices.ts';
import { findProducts, findVariants } from './repository/products.ts';

export interface ProductLoaders {
  readonly product: DataLoader<string, Product | null>;
  /** By SKU in any case. */
  readonly variant: DataLoader<string, Variant | null>;
  readonly prices: DataLoader<string, Price[]>;
  /** When a system last confirmed how far its feed is. */
  readonly feedSeenAt: DataLoader<string, Date | null>;
}

export type ProductContext = GraphContext<ProductLoaders>;

export function createLoaders(reader: Reader): ProductLoaders {
  return {
    product: new DataLoader(async (ids) => {
      const found = new Map((await findProducts(reader, ids)).map((product) => [product.id, product]));
      return ids.map((id) => found.get(id) ?? null);
    }),
    variant: new DataLoader(async (skus) => {
      const found = new Map(
        (
          await findVariants(
            reader,
            skus.map((sku) => sku.toUpperCase()),
          )
        ).map((row) => [row.sku, row]),
      );
      return skus.map((sku) => found.get(sku.toUpperCase()) ?? null);
    }),
    prices: new DataLoader(async (skus) => {
      const found = Map.groupBy(await findPrices(reader, skus), (price) => price.sku);
      return skus.map((sku) => found.get(sku) ?? []);
    }),
    feedSeenAt: new DataLoader(async (systems) =>
      Promise.all(systems.map(async (system) => (await findCheckpoint(reader, system))?.updated_at ?? null)),
    ),
  };
}
