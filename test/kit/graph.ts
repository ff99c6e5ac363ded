// Subgraphs running on a database of their own, as the gateway runs them in process: real executor, consumers and sequencer.
// Time is the test's: the clock moves only when told.
import { deriveKeys } from '#platform/auth/keys.ts';
import { type Principal, serializePrincipal } from '#platform/auth/principal.ts';
import { type Role, scopesByRole } from '#platform/auth/roles.ts';
import type { OperationResult } from '#platform/graphql/executor.ts';
import { migrateSubgraph, RunningSubgraph, settled } from '#platform/graphql/subgraph.ts';
import type { SubgraphModule } from '#platform/graphql/subgraph-module.ts';
import { type Clock, systemClock } from '#platform/kernel/clock.ts';
import type { NewEvent } from '#platform/messaging/contract.ts';
import { type Logger, silentLogger } from '#platform/telemetry/logger.ts';
import { templateDatabase } from './database.ts';
import { eventSource } from './event-source.ts';

/** Runs with the machine's clock plus an offset the test moves. */
export class TestClock implements Clock {
  #offsetMs = 0;

  now(): Date {
    return new Date(systemClock.now().getTime() + this.#offsetMs);
  }

  advance(ms: number): void {
    this.#offsetMs += ms;
  }
}

export const testKeys = deriveKeys('a secret that only tests use, long enough');

/** A principal of a role; claims such as location, customerId or system on top. */
export function principalOf(role: Role, claims: Partial<Principal> = {}): Principal {
  return { sub: `test-${role}`, clientId: `test-${role}`, roles: [role], scopes: [...scopesByRole[role]], ...claims };
}

export interface TestGraph {
  readonly url: string;
  readonly clock: TestClock;
  subgraph(name: string): RunningSubgraph;
  /** Executes on one subgraph; without a principal as anonymous. */
  execute(
    name: string,
    query: string,
    variables?: Record<string, unknown>,
    principal?: Principal,
  ): Promise<OperationResult>;
  subscribe(
    name: string,
    query: string,
    variables?: Record<string, unknown>,
    principal?: Principal,
  ): Promise<AsyncIterableIterator<OperationResult>>;
  /** Appends events to a bare log, in one transaction: what another subgraph would have told. */
  append(schema: string, events: readonly NewEvent[]): Promise<void>;
  /** Waits until every event was consumed; throws after ten seconds. */
  settle(): Promise<void>;
  /** Another process's view: the same subgraphs on the same database, running beside. */
  startPeer(modules: readonly SubgraphModule[]): RunningSubgraph[];
  close(): Promise<void>;
}

function run(modules: readonly SubgraphModule[], url: string, clock: Clock, logger = silentLogger): RunningSubgraph[] {
  return modules.map((module) => {
    const options = { databaseUrl: url, logUrls: () => url, poolSize: 10, clock, logger, keys: testKeys };
    const subgraph = new RunningSubgraph(module, options);
    subgraph.start();
    return subgraph;
  });
}

export interface StartGraphOptions {
  /** Schemas of subgraphs that are not started, whose log the test writes itself through `append`. */
  readonly bareLogs?: readonly string[];
  /** Where the subgraphs log to; nowhere when absent. */
  readonly logger?: Logger;
}

const schemas = ['product', 'inventory', 'customer', 'orders', 'loyalty'];

/** Migrates and starts the modules on a fresh database. The log of a subgraph that is not among them is there, and empty. */
export async function startGraph(
  modules: readonly SubgraphModule[],
  options: StartGraphOptions = {},
): Promise<TestGraph> {
  const clock = new TestClock();
  const others = schemas.filter((schema) => modules.every((module) => module.schema !== schema)).map(eventSource);
  const names = modules.map((module) => module.name).sort();
  const database = await templateDatabase(names.join('_'), async (url) => {
    for (const module of [...modules, ...others.map((other) => other.module)])
      await migrateSubgraph(module, url, clock);
  });
  const bare = others.filter(({ module }) => options.bareLogs?.includes(module.schema));
  const running = run([...modules, ...bare.map(({ module }) => module)], database.url, clock, options.logger);
  const peers: RunningSubgraph[] = [];
  const subgraph = (name: string): RunningSubgraph => {
    const found = running.find((candidate) => candidate.name === name);
    if (!found) throw new Error(`the test did not start the subgraph ${name}`);
    return found;
  };
  const request = (query: string, variables?: Record<string, unknown>, principal?: Principal) => ({
    query,
    variables,
    principal: principal ? serializePrincipal(principal) : undefined,
  });
  return {
    url: database.url,
    clock,
    subgraph,
    execute: (name, query, variables, principal) => subgraph(name).execute(request(query, variables, principal)),
    async subscribe(name, query, variables, principal) {
      const stream = await subgraph(name).subscribe(request(query, variables, principal));
      if (!(Symbol.asyncIterator in stream)) throw new Error(`subscription refused: ${JSON.stringify(stream)}`);
      return stream;
    },
    async append(schema, events) {
      const log = bare.find(({ module }) => module.schema === schema);
      if (!log) throw new Error(`start the graph with bareLogs: ['${schema}'] to write that log`);
      await log.append(events);
    },
    async settle() {
      if (!(await settled([...running, ...peers], 10_000))) throw new Error('consumers did not settle within 10 s');
    },
    startPeer(peerModules) {
      const started = run(peerModules, database.url, clock);
      peers.push(...started);
      return started;
    },
    async close() {
      await Promise.all([...running, ...peers].map((candidate) => candidate.close()));
      await database.drop();
    },
  };
}
