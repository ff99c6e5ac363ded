// What resolvers and commands are given: who asks, where the data is, and what time it is.
import type { Keys } from '../auth/keys.ts';
import type { Principal } from '../auth/principal.ts';
import type { Database } from '../db/database.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Outbox } from '../messaging/outbox.ts';
import type { EventTail } from '../messaging/tail.ts';
import type { Logger } from '../telemetry/logger.ts';

/** All a command needs. */
export interface CommandContext {
  readonly db: Database;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly keys: Keys;
  readonly principal: Principal;
}

/** A command's context plus what reading needs; made once per request, once per event for a subscription. */
export interface GraphContext<Loaders = unknown> extends CommandContext {
  readonly loaders: Loaders;
  /** The live end of this subgraph's own event log. */
  readonly tail: EventTail;
}
