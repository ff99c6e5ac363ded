// Batched reads of one request: each key is read once, keys asked for together travel in one statement.
import DataLoader from 'dataloader';
import { positionKey } from '#contracts/identifiers.ts';
import type { Principal } from '#platform/auth/principal.ts';
import type { Database } from '#platform/db/database.ts';
import type { GraphContext } from '#platform/graphql/context.ts';
import { ownsReservation } from './access.ts';
import type { Location } from './location.ts';
import type { Position, PositionFilter, PositionKey } from './position.ts';
import { readAllLocations, readItems, readLocations } from './repository/master-data.ts';
import { readPositionPage, readPositions, readPositionsOfSkus } from './repository/positions.ts';
import { readReservations } from './repository/reservations.ts';
import type { Reservation } from './reservation.ts';
import type { StockItem } from './situation.ts';

const keyOf = ({ sku, location }: PositionKey) => positionKey(sku, location);

export function createLoaders(db: Database, principal: Principal) {
  return {
    position: new DataLoader<PositionKey, Position | undefined, string>(
      async (keys) => inOrder(keys.map(keyOf), await readPositions(db, keys), keyOf),
      { cacheKeyFn: keyOf },
    ),
    /** All positions of a SKU, by location. */
    positionsOfSku: new DataLoader<string, Position[]>(async (skus) => {
      const bySku = Map.groupBy(await readPositionsOfSkus(db, skus), ({ sku }) => sku);
      return skus.map((sku) => bySku.get(sku) ?? []);
    }),
    item: new DataLoader<string, StockItem | undefined>(async (skus) =>
      inOrder(skus, await readItems(db, skus), ({ sku }) => sku),
    ),
    location: new DataLoader<string, Location | undefined>(async (glns) =>
      inOrder(glns, await readLocations(db, glns), ({ gln }) => gln),
    ),
    allLocations: () => readAllLocations(db),
    /** Reservations the caller may see; somebody else's is as absent as one that never was. */
    reservation: new DataLoader<string, Reservation | undefined>(async (ids) => {
      const visible = (await readReservations(db, ids)).filter((one) => ownsReservation(principal, one));
      return inOrder(ids, visible, ({ id }) => id);
    }),
    positionPage: (filter: PositionFilter, after: PositionKey, limit: number) =>
      readPositionPage(db, filter, after, limit),
  };
}

export type InventoryLoaders = ReturnType<typeof createLoaders>;
export type InventoryContext = GraphContext<InventoryLoaders>;

function inOrder<Value>(
  keys: readonly string[],
  values: readonly Value[],
  key: (value: Value) => string,
): (Value | undefined)[] {
  const byKey = new Map(values.map((value) => [key(value), value]));
  return keys.map((one) => byKey.get(one));
}
