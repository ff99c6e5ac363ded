// Where each subgraph runs and where its schema is, as the settings say. Imports no subgraph: a database can start while they load.
import type { Config } from '#platform/config/config.ts';
import { type OpenDatabases, openDatabases } from '#platform/db/open.ts';
import type { Logger } from '#platform/telemetry/logger.ts';

/** Where a subgraph runs; undefined: in this process. */
export function remoteUrl(config: Config, name: string): string | undefined {
  return remoteUrls(config)[name];
}

function remoteUrls(config: Config): Record<string, string | undefined> {
  return {
    product: config.SUBGRAPH_PRODUCT_URL,
    inventory: config.SUBGRAPH_INVENTORY_URL,
    customer: config.SUBGRAPH_CUSTOMER_URL,
    order: config.SUBGRAPH_ORDER_URL,
    loyalty: config.SUBGRAPH_LOYALTY_URL,
  };
}

/** Opens the databases of all schemas. */
export function openAll(config: Config, logger: Logger): Promise<OpenDatabases> {
  const own = {
    product: config.PRODUCT_DATABASE_URL,
    inventory: config.INVENTORY_DATABASE_URL,
    customer: config.CUSTOMER_DATABASE_URL,
    orders: config.ORDER_DATABASE_URL,
    loyalty: config.LOYALTY_DATABASE_URL,
  };
  const log = (message: string) => logger.info(message);
  return openDatabases({ dataDir: config.dataDir, DATABASE_URL: config.DATABASE_URL, own }, Object.keys(own), log);
}

/** The same for a gateway: none where every subgraph runs elsewhere, each on a database of its own. */
export function openNeeded(config: Config, logger: Logger): Promise<OpenDatabases> {
  if (Object.values(remoteUrls(config)).includes(undefined)) return openAll(config, logger);
  const urlOf = (schema: string) => {
    throw new TypeError(`no database was opened for ${schema}: its subgraph runs elsewhere`);
  };
  const where = 'with the subgraphs, which all run elsewhere';
  return Promise.resolve({ urlOf, where, stop: () => Promise.resolve() });
}
