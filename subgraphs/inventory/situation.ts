// What is known of one SKU at one location when a command is about to act there; and who may act at all.
import type { Position, PositionKey } from './position.ts';
import {
  type StockNotTracked,
  stockNotTracked,
  type UnitMismatch,
  type UnknownLocation,
  type UnknownSku,
  unitMismatch,
  unknownLocation,
  unknownSku,
} from './rejections.ts';

/** The product subgraph's word on a SKU, as far as stock needs it. */
export interface StockItem {
  readonly sku: string;
  readonly uom: string;
  readonly tracked: boolean;
}

/** The same as an event told it. */
export interface ToldItem extends StockItem {
  readonly productId: string;
  readonly productVersion: number;
}

/** One per SKU. Versions compare within one product; a SKU that moved belongs to the product that named it last. */
export function newestBySku(told: readonly ToldItem[]): ToldItem[] {
  const newest = new Map<string, ToldItem>();
  for (const item of told) {
    const known = newest.get(item.sku);
    const older = known?.productId === item.productId && known.productVersion > item.productVersion;
    if (!older) newest.set(item.sku, item);
  }
  return [...newest.values()];
}

export interface Situation extends PositionKey {
  readonly locationKnown: boolean;
  /** Known to the product subgraph, or to the ledger of any location. */
  readonly skuKnown: boolean;
  readonly item: StockItem | undefined;
  /** Absent when nothing ever happened to the SKU at that location. */
  readonly position: Position | undefined;
}

export type PlaceRefusal = UnknownSku | UnknownLocation | StockNotTracked | UnitMismatch;

/** Why nothing can be done there with a quantity in that unit; undefined when it can. */
export function refusePlace(situation: Situation, uom: string): PlaceRefusal | undefined {
  const { sku, location, item, position } = situation;
  if (!situation.locationKnown) return unknownLocation(location);
  if (!situation.skuKnown) return unknownSku(sku);
  if (item?.tracked === false) return stockNotTracked(sku);
  const kept = position?.uom ?? item?.uom ?? uom;
  return kept === uom ? undefined : unitMismatch(sku, kept, uom);
}
