// One running subgraph: its executor, sequencer, consumers, sweepers and live tail over its own schema. In process or alone,
// callers reach it by the same two functions with the same serialised principal.
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import type { Keys } from '../auth/keys.ts';
import { parsePrincipal } from '../auth/principal.ts';
import { Database } from '../db/database.ts';
import { forgetOutcomes } from '../db/idempotency.ts';
import { migrate } from '../db/migrate.ts';
import { type Clock, sleep } from '../kernel/clock.ts';
import { Consumer } from '../messaging/consumer.ts';
import { EventLog } from '../messaging/event-log.ts';
import { Outbox } from '../messaging/outbox.ts';
import { Sequencer } from '../messaging/sequencer.ts';
import { EventTail } from '../messaging/tail.ts';
import type { Logger } from '../telemetry/logger.ts';
import { continueTrace, runInTrace } from '../telemetry/trace.ts';
import { enforceAuthorization } from './authorization.ts';
import type { GraphContext } from './context.ts';
import { Executor, type Operation, type OperationResult } from './executor.ts';
import type { SubgraphModule } from './subgraph-module.ts';
import { SweeperLoop } from './sweeper-loop.ts';

export interface SubgraphRequest extends Operation {
  /** The serialised principal; undefined for anonymous. */
  readonly principal: string | undefined;
  readonly traceparent?: string | undefined;
  /** Further headers for a subgraph over HTTP, names and values in turn; ours do not read them. */
  readonly forwarded?: readonly string[] | undefined;
  /** Aborted when nobody waits for the answer any more; a subgraph over HTTP is asked no further then. */
  readonly signal?: AbortSignal | undefined;
}

export interface SubgraphOptions {
  /** URL of the database the subgraph's schema is in. */
  readonly databaseUrl: string;
  /** Databases of the logs its consumers read, by schema. */
  readonly logUrls: (schema: string) => string;
  readonly poolSize: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly keys: Keys;
  /** False: only answers; another process consumes, numbers and sweeps. */
  readonly background?: boolean;
}

const FORGET_EVERY_MS = 3_600_000;

export class RunningSubgraph {
  readonly name: string;
  readonly executor: Executor;
  readonly db: Database;
  readonly #context: Omit<GraphContext, 'principal' | 'loaders'>;
  readonly #createLoaders: SubgraphModuleParts['createLoaders'];
  readonly #consumers: Consumer[] = [];
  readonly #sweepers: SweeperLoop[] = [];
  readonly #sequencer: Sequencer;
  readonly #ownLog: EventLog;
  readonly #otherLogs: Database[] = [];

  /** Builds and connects; nothing runs before start(). */
  constructor(module: SubgraphModule, options: SubgraphOptions) {
    const { clock, logger, keys } = options;
    this.name = module.name;
    this.db = new Database({ url: options.databaseUrl, schema: module.schema, poolSize: options.poolSize, logger });
    this.#sequencer = new Sequencer(this.db, clock, logger);
    const outbox = new Outbox(() => this.#sequencer.nudge());
    const parts = module.create({ db: this.db, outbox, clock, logger, keys });
    this.#createLoaders = parts.createLoaders;
    const schema = buildSubgraphSchema([{ typeDefs: parse(module.sdl), resolvers: parts.resolvers as ResolverMap }]);
    this.executor = new Executor(enforceAuthorization(schema), logger);
    this.#ownLog = new EventLog(module.schema, this.db);
    const ownLog = this.#ownLog;
    this.#context = { db: this.db, outbox, clock, logger, keys, tail: new EventTail(ownLog, logger) };
    const logs = new Map([[module.schema, ownLog]]);
    for (const definition of parts.consumers) {
      const log = logs.get(definition.log) ?? this.#openLog(definition.log, options);
      logs.set(definition.log, log);
      const onCommit = () => this.#sequencer.nudge();
      this.#consumers.push(new Consumer(definition, { db: this.db, log, clock, logger, onCommit }));
    }
    const forget = () => forgetOutcomes(this.db, clock.now());
    const sweepers = [...parts.sweepers, { name: 'idempotency', everyMs: FORGET_EVERY_MS, run: forget }];
    for (const sweeper of sweepers) this.#sweepers.push(new SweeperLoop(sweeper, logger));
  }

  #openLog(schema: string, options: SubgraphOptions): EventLog {
    const db = new Database({ url: options.logUrls(schema), schema, poolSize: 2, logger: options.logger });
    this.#otherLogs.push(db);
    return new EventLog(schema, db);
  }

  /** Starts numbering, consuming and sweeping. */
  start(): void {
    this.#sequencer.start();
    for (const consumer of this.#consumers) consumer.start();
    for (const sweeper of this.#sweepers) sweeper.start();
  }

  execute(request: SubgraphRequest): Promise<OperationResult> {
    const traceparent = continueTrace(request.traceparent);
    return runInTrace({ traceparent }, () => this.executor.execute(request, this.#contextFor(request)));
  }

  subscribe(request: SubgraphRequest): Promise<AsyncIterableIterator<OperationResult> | OperationResult> {
    const traceparent = continueTrace(request.traceparent);
    return runInTrace({ traceparent }, () => this.executor.subscribe(request, () => this.#contextFor(request)));
  }

  #contextFor(request: SubgraphRequest): GraphContext {
    const principal = parsePrincipal(request.principal);
    return { ...this.#context, principal, loaders: this.#createLoaders(this.db, principal) };
  }

  /** Events not yet handled, by consumer. */
  async lag(): Promise<Record<string, number>> {
    const entries = this.#consumers.map(async (consumer) => [consumer.definition.name, await consumer.lag()] as const);
    return Object.fromEntries(await Promise.all(entries));
  }

  /** Subscriptions open now. */
  get subscribers(): number {
    return this.#context.tail.subscribers;
  }

  /** Committed events still without a position. */
  unnumbered(): Promise<number> {
    return this.#ownLog.unnumbered();
  }

  async close(): Promise<void> {
    await Promise.all(this.#sweepers.map((sweeper) => sweeper.stop()));
    await Promise.all(this.#consumers.map((consumer) => consumer.stop()));
    await this.#context.tail.stop();
    await this.#sequencer.stop();
    await Promise.all([this.db, ...this.#otherLogs].map((db) => db.close()));
  }
}

type SchemaModule = Extract<Parameters<typeof buildSubgraphSchema>[0], readonly unknown[]>[number];
type ResolverMap = NonNullable<Extract<SchemaModule, { typeDefs: unknown }>['resolvers']>;
type SubgraphModuleParts = ReturnType<SubgraphModule['create']>;

/** Migrates the module's schema; safe to call from several processes at once. */
export async function migrateSubgraph(module: SubgraphModule, url: string, clock: Clock): Promise<string[]> {
  return migrate({ url, schema: module.schema, migrations: module.migrations, now: clock.now() });
}

/** Waits until no consumer of the subgraphs has anything left to do; answers false when `timeoutMs` passed first. */
export async function settled(subgraphs: readonly RunningSubgraph[], timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (let quiet = 0; performance.now() < deadline; ) {
    // In this order: an event numbered between the two questions is then in the second one's answer.
    const unnumbered = await Promise.all(subgraphs.map((subgraph) => subgraph.unnumbered()));
    const lags = await Promise.all(subgraphs.map(async (subgraph) => Object.values(await subgraph.lag())));
    quiet = [...lags.flat(), ...unnumbered].every((count) => count === 0) ? quiet + 1 : 0;
    // Twice in a row: what one consumer wrote may be another one's work.
    if (quiet === 2) return true;
    await sleep(20);
  }
  return false;
}
