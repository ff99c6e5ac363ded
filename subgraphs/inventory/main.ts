// Puts the inventory subgraph together: schema, tables, resolvers, consumers and the sweeper of reservations.
import { readFileSync } from 'node:fs';
import { readMigrations } from '#platform/db/migrate.ts';
import type { SubgraphModule } from '#platform/graphql/subgraph-module.ts';
import { expireReservations } from './commands/expire-reservations.ts';
import { consumers } from './consumers.ts';
import { createLoaders, type InventoryLoaders } from './loaders.ts';
import { resolvers } from './resolvers.ts';

const text = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

export const inventorySubgraph: SubgraphModule<InventoryLoaders> = {
  name: 'inventory',
  schema: 'inventory',
  sdl: `${text('schema.graphql')}\n${text('../../contracts/shared.graphql')}`,
  migrations: [
    ...readMigrations(new URL('../../platform/messaging/migrations/', import.meta.url), 'platform'),
    ...readMigrations(new URL('migrations/', import.meta.url), 'inventory'),
  ],
  create: (deps) => ({
    resolvers,
    createLoaders,
    consumers: consumers(deps),
    sweepers: [{ name: 'expire-reservations', everyMs: 1_000, run: () => expireReservations(deps) }],
  }),
};
