// What a shopper may be told of a SKU over all locations: how much can be promised, and whether it runs low.
import { type Quantity, quantity } from '#platform/kernel/quantity.ts';
import { available, type Position } from './position.ts';
import type { StockItem } from './situation.ts';

export type AvailabilityState = 'IN' | 'LOW' | 'OUT';

export interface Availability {
  readonly sku: string;
  readonly channel: string | null;
  readonly promise: Quantity;
  readonly state: AvailabilityState;
}

/** In thousandths: 5 units and fewer are low. */
const LOW = 5_000n;

/** Null for a SKU nobody knows and for one no stock is kept of. */
export function availabilityOf(
  sku: string,
  channel: string | null,
  item: StockItem | undefined,
  positions: readonly Position[],
): Availability | null {
  const uom = item?.uom ?? positions[0]?.uom;
  if (uom === undefined || item?.tracked === false) return null;
  // What one shop oversold takes nothing from the shelf of another.
  const promise = positions.map(available).reduce((sum, milli) => (milli > 0n ? sum + milli : sum), 0n);
  const state = promise === 0n ? 'OUT' : promise <= LOW ? 'LOW' : 'IN';
  return { sku, channel, promise: quantity(promise, uom), state };
}

/** All that stock knows of a variant by itself; the product subgraph owns the rest. */
export interface VariantKey {
  readonly sku: string;
}
