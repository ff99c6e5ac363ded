// Batched reads of one request: each key is read once, keys asked for together travel in one statement.
import DataLoader from 'dataloader';
import type { Reader } from '#platform/db/database.ts';
import type { GraphContext } from '#platform/graphql/context.ts';
import type { Price } from './price.ts';
import type { FoundProduct, Product, Variant } from './product.ts';
import { findIdsByHandle, findSkusByGtin } from './repository/names.ts';
import { findCheckpoints, findPriceHistory, findPrices } from './repository/prices.ts';
import { findProducts, findVariants, searchProducts } from './repository/products.ts';

export function createLoaders(reader: Reader) {
  const product = new DataLoader<string, Product | null>(async (ids) =>
    inOrder(ids, await findProducts(reader, ids), ({ id }) => id),
  );
  /** By SKU in any case. */
  const variant = new DataLoader<string, Variant | null, string>(
    async (skus) => {
      const upper = skus.map(toSku);
      return inOrder(upper, await findVariants(reader, upper), ({ sku }) => sku);
    },
    { cacheKeyFn: toSku },
  );
  return {
    product,
    variant,
    byHandle: new DataLoader<string, Product | null>(async (handles) => {
      const found = inOrder(handles, await findIdsByHandle(reader, handles), ({ handle }) => handle);
      return Promise.all(found.map(async (one) => (one ? product.load(one.id) : null)));
    }),
    /** By GTIN of 14 digits. */
    byGtin: new DataLoader<string, Variant | null>(async (gtins) => {
      const found = inOrder(gtins, await findSkusByGtin(reader, gtins), ({ name }) => name);
      return Promise.all(found.map(async (one) => (one ? variant.load(one.sku) : null)));
    }),
    /** Prices as they are told now. */
    prices: pricesBy((skus) => findPrices(reader, skus)),
    /** Superseded ones too: for questions about the past. */
    priceHistory: pricesBy((skus) => findPriceHistory(reader, skus)),
    /** How far a system's feed is, and when it last said so. */
    checkpoint: new DataLoader(async (systems: readonly string[]) =>
      inOrder(systems, await findCheckpoints(reader, systems), ({ system }) => system),
    ),
    /** One page of a search; `after` is the last product of the page before. */
    async search(text: string, after: FoundProduct | undefined, limit: number): Promise<Product[]> {
      const found = await searchProducts(reader, text, after, limit);
      const rows = await Promise.all(found.map(({ id }) => product.load(id)));
      return rows.filter((row) => row !== null);
    },
  };
}

export type ProductLoaders = ReturnType<typeof createLoaders>;
export type ProductContext = GraphContext<ProductLoaders>;

function pricesBy(find: (skus: readonly string[]) => Promise<Price[]>) {
  return new DataLoader<string, Price[]>(async (skus) => {
    const found = Map.groupBy(await find(skus), (price) => price.sku);
    return skus.map((sku) => found.get(sku) ?? []);
  });
}

function toSku(text: string): string {
  return text.trim().toUpperCase();
}

function inOrder<Value>(
  keys: readonly string[],
  values: readonly Value[],
  key: (value: Value) => string,
): (Value | null)[] {
  const byKey = new Map(values.map((value) => [key(value), value]));
  return keys.map((one) => byKey.get(one) ?? null);
}
