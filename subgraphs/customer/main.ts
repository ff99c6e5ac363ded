// Composition root of the customer subgraph: its SDL, its tables and its parts. Consumes nothing: others learn from it.
import { readFileSync } from 'node:fs';
import { readMigrations } from '#platform/db/migrate.ts';
import type { SubgraphModule } from '#platform/graphql/subgraph-module.ts';
import { type CustomerLoaders, createLoaders } from './loaders.ts';
import { resolvers } from './resolvers.ts';

const text = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

export const customerSubgraph: SubgraphModule<CustomerLoaders> = {
  name: 'customer',
  schema: 'customer',
  sdl: `${text('schema.graphql')}\n${text('../../contracts/shared.graphql')}`,
  migrations: [
    ...readMigrations(new URL('../../platform/messaging/migrations/', import.meta.url), 'platform'),
    ...readMigrations(new URL('migrations/', import.meta.url), 'customer'),
  ],
  create: () => ({ resolvers, createLoaders, consumers: [], sweepers: [] }),
};
