// One DataLoader per key, made per request, over the repository's batch reads.
import DataLoader from 'dataloader';
import type { Reader } from '#platform/db/database.ts';
import type { GraphContext } from '#platform/graphql/context.ts';
import type { Price } from './price.ts';
import type { Product, Variant } from './product.ts';
import { findCheckpoint, findPrices } from './repository/prices.ts';
import { findIdByHandle, findProducts, findSkuByGtin, findVariants, searchProducts } from './repository/products.ts';

export interface ProductLoaders {
  readonly product: DataLoader<string, Product | null>;
  /** By SKU in any case. */
  readonly variant: DataLoader<string, Variant | null>;
  readonly prices: DataLoader<string, Price[]>;
  readonly idByHandle: DataLoader<string, string | null>;
  readonly skuByGtin: DataLoader<string, string | null>;
  /** How far a system's feed is and when it last said so. */
  readonly feed: DataLoader<string, Feed | null>;
  /** Ids of products found by words, by title, after the given one. */
  searchPage(text: string, after: SearchPlace | undefined, limit: number): Promise<SearchPlace[]>;
}

type Feed = NonNullable<Awaited<ReturnType<typeof findCheckpoint>>>;
interface SearchPlace {
  readonly title: string;
  readonly id: string;
}

export type ProductContext = GraphContext<ProductLoaders>;

/** Once per key and request, where a query names few keys. */
function one<T>(find: (key: string) => Promise<T | undefined>): DataLoader<string, T | null> {
  return new DataLoader((keys) => Promise.all(keys.map(async (key) => (await find(key)) ?? null)));
}

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
    idByHandle: one((handle) => findIdByHandle(reader, handle)),
    skuByGtin: one((gtin) => findSkuByGtin(reader, gtin)),
    feed: one((system) => findCheckpoint(reader, system)),
    searchPage: (text, after, limit) => searchProducts(reader, text, after, limit),
  };
}
