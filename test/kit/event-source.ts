// A log that other subgraphs consume, without the subgraph that writes it: real tables, real sequencer, events given by the test.
import { readMigrations } from '#platform/db/migrate.ts';
import type { SubgraphDependencies, SubgraphModule } from '#platform/graphql/subgraph-module.ts';
import type { NewEvent } from '#platform/messaging/contract.ts';

export interface EventSource {
  readonly module: SubgraphModule;
  /** Appends the events in one transaction. The module must have been started. */
  append(events: readonly NewEvent[]): Promise<void>;
}

/** `schema` is the log's name: `orders`. */
export function eventSource(schema: string): EventSource {
  let deps: SubgraphDependencies | undefined;
  return {
    module: {
      name: `${schema}_log`,
      schema,
      sdl: 'type Query { nothing: Boolean }',
      migrations: readMigrations(new URL('../../platform/messaging/migrations/', import.meta.url), 'platform'),
      create(given) {
        deps = given;
        return { resolvers: {}, createLoaders: () => ({}), consumers: [], sweepers: [] };
      },
    },
    async append(events) {
      if (!deps) throw new Error(`start the graph with the module of ${schema} first`);
      const { db, outbox, clock } = deps;
      await db.transaction('append', async (tx) => outbox.append(tx, events, clock.now()));
    },
  };
}
