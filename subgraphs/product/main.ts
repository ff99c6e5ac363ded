// Composition root of the product subgraph: its SDL, its tables and its parts. Run in process by the gateway, or alone.
import { readFileSync } from 'node:fs';
import { readMigrations } from '#platform/db/migrate.ts';
import type { SubgraphModule } from '#platform/graphql/subgraph-module.ts';
import { createLoaders, type ProductLoaders } from './loaders.ts';
import { resolvers } from './resolvers.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

export const productSubgraph: SubgraphModule<ProductLoaders> = {
  name: 'product',
  schema: 'product',
  sdl: `${read('./schema.graphql')}\n${read('../../contracts/shared.graphql')}`,
  migrations: [
    ...readMigrations(new URL('../../platform/messaging/migrations/', import.meta.url), 'platform'),
    ...readMigrations(new URL('./migrations/', import.meta.url), 'product'),
  ],
  create: () => ({ resolvers, createLoaders, consumers: [], sweepers: [] }),
};
