// The loyalty subgraph's resolvers: reads only, points are moved by events.
import { scalars } from '#contracts/scalars.ts';
import { openPage, toConnection } from '#platform/graphql/connection.ts';
import type { Resolvers } from './__generated__/resolvers.ts';
import { toText } from './events.ts';
import { type PointsChanged, pointsChanged } from './subscriptions.ts';

/** Above any entry's number: the first page begins at the newest. */
const NEWEST = 2_147_483_647;

export const resolvers: Resolvers = {
  ...scalars,
  Query: {
    loyaltyAccount: (_, { id }, { loaders }) => loaders.account.load(id),
  },
  Subscription: {
    pointsChanged: {
      subscribe: (_, args, context) => pointsChanged(args, context) as never,
      resolve: (told: PointsChanged) => told,
    },
  },
  Customer: {
    __resolveReference: ({ id }) => ({ id }),
    loyalty: ({ id }, _, { loaders }) => loaders.accountOfCustomer.load(id),
  },
  Order: {
    __resolveReference: ({ id }) => ({ id }),
    pointsEarned: async ({ id }, _, { loaders }) => String(await loaders.pointsOfOrder.load(id)),
  },
  LoyaltyAccount: {
    __resolveReference: ({ id }, { loaders }) => loaders.account.load(id),
    customer: ({ customerId }) => ({ id: customerId }),
    balances: ({ balances }) => toText(balances),
    async entries({ id }, { first, after }, { loaders, keys }) {
      const list = `points-entries ${id}`;
      const page = openPage(keys.cursor, list, { first: first ?? null, after: after ?? null });
      const rows = await loaders.entryPage(id, Number(page.after ?? NEWEST), page.first + 1);
      return toConnection(keys.cursor, list, page, rows, ({ entryNo }) => String(entryNo));
    },
  },
  PointsEntry: {
    points: ({ points }) => String(points),
    order: ({ orderId }) => ({ id: orderId }),
  },
};
