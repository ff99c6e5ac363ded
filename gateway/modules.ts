// The subgraphs this repository has, by name. Only composition roots import this: the gateway itself knows no subgraph's code.
import type { Config } from '#platform/config/config.ts';
import { type OpenDatabases, openDatabases } from '#platform/db/open.ts';
import type { SubgraphModule } from '#platform/graphql/subgraph-module.ts';
import type { Logger } from '#platform/telemetry/logger.ts';
import { customerSubgraph } from '../subgraphs/customer/main.ts';
import { inventorySubgraph } from '../subgraphs/inventory/main.ts';
import { loyaltySubgraph } from '../subgraphs/loyalty/main.ts';
import { orderSubgraph } from '../subgraphs/order/main.ts';
import { productSubgraph } from '../subgraphs/product/main.ts';

export const modules: readonly SubgraphModule[] = [
  productSubgraph,
  inventorySubgraph,
  customerSubgraph,
  orderSubgraph,
  loyaltySubgraph,
];

/** Opens the databases of all schemas as the settings say. */
export function openAll(config: Config, logger: Logger): Promise<OpenDatabases> {
  const own = {
    product: config.PRODUCT_DATABASE_URL,
    inventory: config.INVENTORY_DATABASE_URL,
    customer: config.CUSTOMER_DATABASE_URL,
    orders: config.ORDER_DATABASE_URL,
    loyalty: config.LOYALTY_DATABASE_URL,
  };
  const schemas = modules.map((module) => module.schema);
  const log = (message: string) => logger.info(message);
  return openDatabases({ dataDir: config.dataDir, DATABASE_URL: config.DATABASE_URL, own }, schemas, log);
}
