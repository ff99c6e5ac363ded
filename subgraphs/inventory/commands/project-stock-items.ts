// The product subgraph told of products: keeps per SKU the unit and whether stock is kept of it. Older news changes nothing.
import type { Writer } from '#platform/db/database.ts';
import { saveItems } from '../repository/master-data.ts';
import { newestBySku, type ToldItem } from '../situation.ts';

export async function projectStockItems(tx: Writer, told: readonly ToldItem[]): Promise<void> {
  saveItems(tx, newestBySku(told));
}
