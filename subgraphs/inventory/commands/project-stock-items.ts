// The product subgraph told of products: keeps per SKU the unit and whether stock is kept of it. Older news changes nothing.
import type { Writer } from '#platform/db/database.ts';
import { saveItems } from '../repository/master-data.ts';
import type { ToldItem } from '../situation.ts';

export async function projectStockItems(tx: Writer, told: readonly ToldItem[]): Promise<void> {
  // One row per SKU: of several in a batch the last is the newest.
  const last = new Map(told.map((item) => [item.sku, item]));
  saveItems(tx, [...last.values()]);
}
