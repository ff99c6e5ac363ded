// Composition root of the order subgraph: its SDL, its tables and its parts. Run in process by the gateway, or alone.
import { readFileSync } from 'node:fs';
import { readMigrations } from '#platform/db/migrate.ts';
import type { SubgraphModule } from '#platform/graphql/subgraph-module.ts';
import { consumers } from './consumers.ts';
import { createLoaders, type OrderLoaders } from './loaders.ts';
import { resolvers } from './resolvers.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

export const orderSubgraph: SubgraphModule<OrderLoaders> = {
  name: 'order',
  schema: 'orders',
  sdl: `${read('./schema.graphql')}\n${read('../../contracts/shared.graphql')}`,
  migrations: [
    ...readMigrations(new URL('../../platform/messaging/migrations/', import.meta.url), 'platform'),
    ...readMigrations(new URL('./migrations/', import.meta.url), 'order'),
  ],
  create: (deps) => ({ resolvers, createLoaders, consumers: consumers(deps), sweepers: [] }),
};
