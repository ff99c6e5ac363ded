// Queries to loaders, mutations to commands, domain values to the shapes of the schema. Refuses nothing by itself.
import { z } from 'zod';
import { sku as skuSchema } from '#contracts/identifiers.ts';
import { scalars } from '#contracts/scalars.ts';
import { parse } from '#platform/errors/parse.ts';
import { formatMilli, quantity } from '#platform/kernel/quantity.ts';
import type { Resolvers } from './__generated__/resolvers.ts';
import { availabilityOf } from './availability.ts';
import { adjustStock } from './commands/adjust-stock.ts';
import { extendReservation } from './commands/extend-reservation.ts';
import { receiveStock } from './commands/receive-stock.ts';
import { releaseReservation } from './commands/release-reservation.ts';
import { reserveStock } from './commands/reserve-stock.ts';
import { upsertLocations } from './commands/upsert-locations.ts';
import type { InventoryContext } from './loaders.ts';
import { untoldLocation } from './location.ts';
import { available } from './position.ts';
import { stockChanged } from './resolvers/stock-changed.ts';
import { positionsAt, positionsOf } from './resolvers/stock-reads.ts';

const skuArgument = z.object({ sku: skuSchema });
const skuOf = (sku: string) => parse(skuArgument, { sku }).sku;

async function availability(sku: string, channel: string | null | undefined, { loaders }: InventoryContext) {
  const [item, positions] = await Promise.all([loaders.item.load(sku), loaders.positionsOfSku.load(sku)]);
  return availabilityOf(sku, channel ?? null, item, positions);
}

export const resolvers: Resolvers = {
  ...scalars,
  Query: {
    location: (_, { gln }, { loaders }) => loaders.location.load(gln),
    locations: (_, __, { loaders }) => loaders.allLocations(),
    stockPosition: (_, { sku, location }, { loaders }) => loaders.position.load({ sku: skuOf(sku), location }),
    stockPositions: (_, { skus, locations }, { loaders }) => positionsOf(loaders, skus, locations),
    availability: (_, { sku, channel }, context) => availability(skuOf(sku), channel, context),
    reservation: (_, { id }, { loaders }) => loaders.reservation.load(id),
  },
  Mutation: {
    reserveStock: (_, { input }, context) => reserveStock(context, input),
    extendReservation: (_, { input }, context) => extendReservation(context, input),
    releaseReservation: (_, { input }, context) => releaseReservation(context, input),
    adjustStock: (_, { input }, context) => adjustStock(context, input),
    receiveStock: (_, { input }, context) => receiveStock(context, input),
    upsertLocations: (_, { input }, context) => upsertLocations(context, input),
  },
  Subscription: {
    stockChanged: {
      subscribe: (_, args, context) => stockChanged(args, context),
      resolve: (event: unknown) => event as never,
    },
  },
  Location: {
    __resolveReference: async ({ gln }, { loaders }) => (await loaders.location.load(gln)) ?? untoldLocation(gln),
  },
  StockPosition: {
    __resolveReference: ({ sku, location }, { loaders }) => loaders.position.load({ sku: skuOf(sku), location }),
    at: async ({ location }, _, { loaders }) => (await loaders.location.load(location)) ?? untoldLocation(location),
    variant: ({ sku }) => ({ sku }),
    onHand: ({ onHand, uom }) => quantity(onHand, uom),
    reserved: ({ reserved, uom }) => quantity(reserved, uom),
    available: (position) => quantity(available(position), position.uom),
  },
  Variant: {
    __resolveReference: ({ sku }) => ({ sku: skuOf(sku) }),
    stock: async ({ sku }, { locations }, { loaders }) =>
      positionsAt(await loaders.positionsOfSku.load(sku), locations),
    availability: ({ sku }, { channel }, context) => availability(sku, channel, context),
  },
  Reservation: {
    __resolveReference: ({ id }, { loaders }) => loaders.reservation.load(id),
  },
  Quantity: { value: ({ milli }) => formatMilli(milli) },
};
