// The order subgraph's resolvers: queries to loaders, mutations to commands, types to their own files.
import { scalars } from '#contracts/scalars.ts';
import type { Resolvers } from './__generated__/resolvers.ts';
import { mutation } from './resolvers/mutation.ts';
import { query } from './resolvers/query.ts';
import { subscription } from './resolvers/subscription.ts';
import { businessDay, order, orderLine, returned, storeTransaction } from './resolvers/types.ts';

export const resolvers: Resolvers = {
  ...scalars,
  Query: query,
  Mutation: mutation,
  Subscription: subscription,
  Order: order,
  OrderLine: orderLine,
  Return: returned,
  StoreTransaction: storeTransaction,
  BusinessDay: businessDay,
};
