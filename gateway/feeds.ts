// The system of record beside the graph: the sandbox ERP, or the one ERP_URL names, and the feeds that bring its facts in.
import type { Config } from '#platform/config/config.ts';
import type { Logger } from '#platform/telemetry/logger.ts';
import { type DemoCustomer, type GraphPort, principalFor, seedCustomers } from './demo.ts';
import type { Gateway } from './gateway.ts';

export interface Feeds {
  readonly customers: readonly DemoCustomer[];
  /** GLN of the demo's first shop. */
  readonly shop: string | undefined;
  stop(): Promise<void>;
}

export async function startFeeds({
  config,
  gateway,
}: {
  config: Config;
  gateway: Gateway;
  logger: Logger;
}): Promise<Feeds> {
  const operator: GraphPort = {
    execute: (operation, variables) => gateway.execute(principalFor('operator'), operation, variables),
  };
  const customers = config.SEED === 'demo' ? await seedCustomers(operator) : [];
  return { customers, shop: undefined, stop: () => Promise.resolve() };
}
