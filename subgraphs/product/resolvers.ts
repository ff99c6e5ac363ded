// The product subgraph's resolvers: queries to loaders, the feed's mutation to its command.
import { scalars } from '#contracts/scalars.ts';
import { forbidden } from '#platform/graphql/authorization.ts';
import { openPage, toConnection } from '#platform/graphql/connection.ts';
import { formatMinor } from '#platform/kernel/money.ts';
import type { Resolvers } from './__generated__/resolvers.ts';
import { upsertProducts } from './commands/upsert-products.ts';
import type { ProductContext } from './loaders.ts';
import { choosePrice } from './price.ts';
import { freshnessOf } from './product.ts';

const loadVariant = (context: ProductContext, sku: string) => context.loaders.variant.load(sku.trim());

export const resolvers: Resolvers = {
  ...scalars,
  Query: {
    product: (_, { id }, context) => context.loaders.product.load(id),
    async productByHandle(_, { handle }, context) {
      const id = await context.loaders.idByHandle.load(handle);
      return id === null ? null : context.loaders.product.load(id);
    },
    variant: (_, { sku }, context) => loadVariant(context, sku),
    variants: (_, { skus }, context) => Promise.all(skus.map((sku) => loadVariant(context, sku))),
    async variantByGtin(_, { gtin }, context) {
      const sku = await context.loaders.skuByGtin.load(gtin);
      return sku === null ? null : loadVariant(context, sku);
    },
    async searchProducts(_, { text, first, after }, context) {
      const page = openPage(context.keys.cursor, 'searchProducts', { first, after: after ?? null });
      const last = page.after === undefined ? undefined : (JSON.parse(page.after) as { title: string; id: string });
      const found = await context.loaders.searchPage(text, last, page.first + 1);
      const rows = await Promise.all(found.map(({ id }) => context.loaders.product.load(id)));
      const nodes = rows.filter((row) => row !== null);
      return toConnection(context.keys.cursor, 'searchProducts', page, nodes, ({ title, id }) =>
        JSON.stringify({ title, id }),
      );
    },
    async feedCheckpoint(_, { system }, context) {
      if (context.principal.system !== system) throw forbidden(`system: this token does not speak for ${system}`);
      return (await context.loaders.feed.load(system))?.checkpoint ?? null;
    },
  },
  Mutation: {
    upsertProducts: (_, { input }, context) => upsertProducts(context, input),
  },
  Product: {
    __resolveReference: ({ id }, context) => context.loaders.product.load(id),
    externalRefs: (row) => [
      {
        system: row.system,
        type: 'PRODUCT',
        id: row.externalId,
        version: row.externalVersion,
        lastSeenAt: row.lastSeenAt,
      },
    ],
    freshness: async (row, _, context) =>
      freshnessOf(row, (await context.loaders.feed.load(row.system))?.updated_at ?? null, context.clock.now()),
  },
  Variant: {
    __resolveReference: ({ sku }, context) => loadVariant(context, sku),
    async product(row, _, context) {
      const product = await context.loaders.product.load(row.productId);
      // The database holds a variant to its product.
      if (!product) throw new TypeError(`variant ${row.sku} has no product`);
      return product;
    },
    async price(row, { channel, location, customerGroup, at }, context) {
      const asked = { channel: channel ?? null, location: location ?? null, customerGroup: customerGroup ?? null };
      return choosePrice(await context.loaders.prices.load(row.sku), { ...asked, at: at ?? context.clock.now() });
    },
  },
  Price: {
    amount: (row) => ({ amount: formatMinor(row.amount, row.currency), currency: row.currency }),
  },
};
