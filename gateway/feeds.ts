// The system of record beside the graph: the sandbox ERP, or the one ERP_URL names, and the feed that brings its facts in. An ERP
// that is down stops nobody: the graph answers what it knows and the feed goes on trying.
import { join } from 'node:path';
import type { Config } from '#platform/config/config.ts';
import { type Clock, monotonicMs, sleep } from '#platform/kernel/clock.ts';
import type { Logger } from '#platform/telemetry/logger.ts';
import { createErpClient } from '../connectors/sandbox-erp/connector.ts';
import { ErpFeed, SYSTEM } from '../connectors/sandbox-erp/feed.ts';
import { SandboxErp } from '../connectors/sandbox-erp/process.ts';
import { type DemoCustomer, type DemoShop, findShop, type GraphPort, principalFor, seedCustomers } from './demo.ts';
import type { Gateway } from './gateway.ts';

export interface Feeds {
  readonly customers: readonly DemoCustomer[];
  /** The demo's first shop. */
  readonly shop: DemoShop | undefined;
  /** Where the sandbox ERP is; undefined where ERP_URL names another. */
  readonly erpUrl: string | undefined;
  stop(): Promise<void>;
}

export interface FeedsOptions {
  readonly config: Config;
  readonly gateway: Gateway;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Waits until the subgraphs have heard all of each other. */
  readonly settle: () => Promise<unknown>;
}

export async function startFeeds({ config, gateway, clock, logger, settle }: FeedsOptions): Promise<Feeds> {
  const demo = config.SEED === 'demo';
  const { ERP_URL: given } = config;
  const sandbox =
    given === undefined ? new SandboxErp({ folder: join(config.dataDir, 'sandbox-erp'), demo, logger }) : undefined;
  const ended = new AbortController();
  const url = async () => sandbox?.url() ?? given?.replace(/\/$/, '') ?? '';
  const feed = new ErpFeed({
    erp: createErpClient({ url, signal: ended.signal }),
    graph: portOf(gateway, principalFor('feed', { clientId: `${SYSTEM}-feed`, system: SYSTEM })),
    clock,
    logger,
    intervalMs: config.FEED_INTERVAL_SECONDS * 1_000,
  });
  const operator = portOf(gateway, principalFor('operator'));
  const stop = async () => {
    ended.abort();
    await feed.stop();
    await sandbox?.stop();
  };
  try {
    // Only what is ours to start is waited for: it comes up in a moment, and the demo is not there before it.
    if (demo && sandbox) await firstPull(feed);
    const customers = demo ? await seedCustomers(operator) : [];
    const shop = demo ? await findShop(operator) : undefined;
    if (demo) await settle();
    feed.start();
    return { customers, shop, erpUrl: await sandbox?.url(), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function portOf(gateway: Gateway, principal: Parameters<Gateway['execute']>[0]): GraphPort {
  return { execute: (operation, variables) => gateway.execute(principal, operation, variables) };
}

const FIRST_PULL_MS = 30_000;

/** The sandbox ERP of a process killed a moment ago may still be going: the first pull is tried again for a while. */
async function firstPull(feed: ErpFeed): Promise<void> {
  const deadline = monotonicMs() + FIRST_PULL_MS;
  for (;;) {
    try {
      return await feed.pull();
    } catch (error) {
      if (monotonicMs() > deadline) throw error;
      await sleep(200);
    }
  }
}
