// Brings the subgraphs up as the settings say: in this process on their own schemas, or as clients of another process.
import type { Keys } from '#platform/auth/keys.ts';
import type { Config } from '#platform/config/config.ts';
import type { OpenDatabases } from '#platform/db/open.ts';
import { migrateSubgraph, RunningSubgraph } from '#platform/graphql/subgraph.ts';
import type { SubgraphModule } from '#platform/graphql/subgraph-module.ts';
import { type Clock, monotonicMs } from '#platform/kernel/clock.ts';
import type { Logger } from '#platform/telemetry/logger.ts';
import { askedOnceASecond, type Needs } from './http/health.ts';
import { remoteUrl } from './places.ts';
import type { SubgraphClient } from './subgraph-client.ts';
import { createHttpSubgraph } from './transports/http-subgraph.ts';
import { readSubgraphOptions } from './transports/subgraph-options.ts';

export interface MountOptions {
  readonly config: Config;
  readonly databases: OpenDatabases;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Migrates and starts one module in this process. */
export async function runSubgraph(module: SubgraphModule, options: MountOptions): Promise<RunningSubgraph> {
  const { config, databases, keys, clock, logger } = options;
  const databaseUrl = databases.urlOf(module.schema);
  await migrateSubgraph(module, databaseUrl, clock);
  const logUrls = (schema: string) => databases.urlOf(schema);
  const poolSize = config.DATABASE_POOL_SIZE;
  const subgraph = new RunningSubgraph(module, { databaseUrl, logUrls, poolSize, clock, logger, keys });
  return subgraph;
}

export interface Mounted {
  readonly clients: readonly SubgraphClient[];
  /** Those of the clients that run in this process. */
  readonly inProcess: readonly RunningSubgraph[];
}

export async function mountAll(modules: readonly SubgraphModule[], options: MountOptions): Promise<Mounted> {
  const askedAs = readSubgraphOptions(options.config.SUBGRAPH_OPTIONS);
  const clients = await Promise.all(
    modules.map((module) => {
      const url = remoteUrl(options.config, module.name);
      if (url === undefined) return runSubgraph(module, options);
      const { keys, clock } = options;
      return Promise.resolve(
        createHttpSubgraph({ name: module.name, url, key: keys.request, clock, options: askedAs(module.name) }),
      );
    }),
  );
  const inProcess = clients.filter((client) => client instanceof RunningSubgraph);
  // Consumers read each other's logs: all schemas are there before the first one starts.
  for (const subgraph of inProcess) subgraph.start();
  return { clients, inProcess };
}

/** A subgraph in this process needs its database, one elsewhere is asked for the name of its query type. */
export function needsOf({ clients, inProcess }: Mounted): Needs {
  const databases = inProcess.map((subgraph) => [`database:${subgraph.name}`, () => subgraph.unnumbered()] as const);
  const remote = clients.filter((client) => !inProcess.some((subgraph) => subgraph === client));
  const subgraphs = remote.map((client) => {
    const ask = async () => {
      const { errors } = await client.execute({ query: '{ __typename }', principal: undefined });
      if (errors?.[0]) throw new Error(errors[0].message);
    };
    return [`subgraph:${client.name}`, askedOnceASecond(ask, monotonicMs)] as const;
  });
  return Object.fromEntries([...databases, ...subgraphs]);
}
