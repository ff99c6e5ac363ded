// The product subgraph's resolvers: queries to loaders, the feed's mutation to its command.
import { z } from 'zod';
import { scalars } from '#contracts/scalars.ts';
import { parse } from '#platform/errors/parse.ts';
import { forbidden } from '#platform/graphql/authorization.ts';
import { openPage, toConnection } from '#platform/graphql/connection.ts';
import { formatMinor } from '#platform/kernel/money.ts';
import type { Resolvers } from './__generated__/resolvers.ts';
import { upsertProducts } from './commands/upsert-products.ts';
import type { ProductContext } from './loaders.ts';
import { choosePrice } from './price.ts';
import { freshnessOf } from './product.ts';
import { searchCursor, searchPosition } from './search.ts';

const SEARCH = 'searchProducts';

async function search(context: ProductContext, text: string, args: Parameters<typeof openPage>[2]) {
  const page = openPage(context.keys.cursor, SEARCH, args);
  const nodes = await context.loaders.search(text, searchPosition(page.after), page.first + 1);
  return toConnection(context.keys.cursor, SEARCH, page, nodes, searchCursor);
}

const MOST_SKUS = 200;
const skusSchema = z.object({
  skus: z.array(z.string()).max(MOST_SKUS, { error: `must name at most ${MOST_SKUS} SKUs` }),
});

async function variants(loaders: ProductContext['loaders'], asked: readonly string[]) {
  const { skus } = parse(skusSchema, { skus: asked });
  return Promise.all(skus.map((sku) => loaders.variant.load(sku)));
}

export const resolvers: Resolvers = {
  ...scalars,
  Query: {
    product: (_, { id }, context) => context.loaders.product.load(id),
    productByHandle: (_, { handle }, { loaders }) => loaders.byHandle.load(handle),
    variant: (_, { sku }, { loaders }) => loaders.variant.load(sku),
    variants: (_, { skus }, { loaders }) => variants(loaders, skus),
    variantByGtin: (_, { gtin }, { loaders }) => loaders.byGtin.load(gtin),
    searchProducts: (_, { text, ...args }, context) => search(context, text, args),
    async feedCheckpoint(_, { system }, { principal, loaders }) {
      if (principal.system !== system) throw forbidden(`system: this token does not speak for ${system}`);
      return (await loaders.checkpoint.load(system))?.checkpoint ?? null;
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
      freshnessOf(row, (await context.loaders.checkpoint.load(row.system))?.updatedAt ?? null, context.clock.now()),
  },
  Variant: {
    __resolveReference: ({ sku }, { loaders }) => loaders.variant.load(sku),
    async product(row, _, context) {
      const product = await context.loaders.product.load(row.productId);
      // The database holds a variant to its product.
      if (!product) throw new TypeError(`variant ${row.sku} has no product`);
      return product;
    },
    async price(row, { channel, location, customerGroup, at }, { loaders, clock }) {
      const buyer = { channel: channel ?? null, location: location ?? null, customerGroup: customerGroup ?? null };
      const now = clock.now();
      const prices = await (at && at < now ? loaders.priceHistory : loaders.prices).load(row.sku);
      return choosePrice(prices, { ...buyer, at: at ?? now });
    },
  },
  Price: {
    amount: (row) => ({ amount: formatMinor(row.amount, row.currency), currency: row.currency }),
  },
};
