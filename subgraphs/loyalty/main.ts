// Composition root of the loyalty subgraph: its SDL, its tables and its parts. Has no mutations: points follow sales and returns.
import { readFileSync } from 'node:fs';
import { readMigrations } from '#platform/db/migrate.ts';
import type { SubgraphModule } from '#platform/graphql/subgraph-module.ts';
import { consumers } from './consumers.ts';
import { createLoaders, type LoyaltyLoaders } from './loaders.ts';
import { resolvers } from './resolvers.ts';

const text = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

export const loyaltySubgraph: SubgraphModule<LoyaltyLoaders> = {
  name: 'loyalty',
  schema: 'loyalty',
  sdl: `${text('schema.graphql')}\n${text('../../contracts/shared.graphql')}`,
  migrations: [
    ...readMigrations(new URL('../../platform/messaging/migrations/', import.meta.url), 'platform'),
    ...readMigrations(new URL('migrations/', import.meta.url), 'loyalty'),
  ],
  create: (deps) => ({ resolvers, createLoaders, consumers: consumers(deps), sweepers: [] }),
};
