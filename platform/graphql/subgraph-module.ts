// What a subgraph's main.ts exports: its SDL, its tables and its parts. The platform runs any module in process or alone.
import type { Keys } from '../auth/keys.ts';
import type { Principal } from '../auth/principal.ts';
import type { Database } from '../db/database.ts';
import type { Migration } from '../db/migrate.ts';
import type { Clock } from '../kernel/clock.ts';
import type { ConsumerDefinition } from '../messaging/consumer.ts';
import type { Outbox } from '../messaging/outbox.ts';
import type { Logger } from '../telemetry/logger.ts';

export interface SubgraphDependencies {
  readonly db: Database;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly keys: Keys;
}

/** Work that falls due with time: run every so often, by whichever process comes first. */
export interface Sweeper {
  readonly name: string;
  readonly everyMs: number;
  /** Does what is due; answers how much there was, so that a full batch is followed at once by the next. */
  readonly run: () => Promise<number>;
}

export interface SubgraphParts<Loaders> {
  readonly resolvers: unknown;
  readonly createLoaders: (db: Database, principal: Principal) => Loaders;
  readonly consumers: readonly ConsumerDefinition[];
  readonly sweepers: readonly Sweeper[];
}

export interface SubgraphModule<Loaders = unknown> {
  /** Name in the supergraph: `order`. */
  readonly name: string;
  /** PostgreSQL schema: `orders`. */
  readonly schema: string;
  readonly sdl: string;
  readonly migrations: readonly Migration[];
  readonly create: (dependencies: SubgraphDependencies) => SubgraphParts<Loaders>;
}
