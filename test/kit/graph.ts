// Subgraphs running on a database of their own, as the gateway runs them in process: real executor, consumers and sequencer.
// Time is the test's: the clock moves only when told.
import { deriveKeys } from '#platform/auth/keys.ts';
import { type Principal, serializePrincipal } from '#platform/auth/principal.ts';
import { type Role, scopesByRole } from '#platform/auth/roles.ts';
import type { OperationResult } from '#platform/graphql/executor.ts';
import { migrateSubgraph, RunningSubgraph, settled } from '#platform/graphql/subgraph.ts';
import type { SubgraphModule } from '#platform/graphql/subgraph-module.ts';
import { type Clock, systemClock } from '#platform/kernel/clock.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import { templateDatabase } from './database.ts';

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
  /** Waits until every event was consumed; throws after ten seconds. */
  settle(): Promise<void>;
  /** Another process's view: the same subgraphs on the same database, running beside. */
  startPeer(modules: readonly SubgraphModule[]): RunningSubgraph[];
  close(): Promise<void>;
}

function run(modules: readonly SubgraphModule[], url: string, clock: Clock): RunningSubgraph[] {
  return modules.map((module) => {
    const options = { databaseUrl: url, logUrls: () => url, poolSize: 10, clock, logger: silentLogger, keys: testKeys };
    const subgraph = new RunningSubgraph(module, options);
    subgraph.start();
    return subgraph;
  });
}

/** Migrates and starts the modules on a fresh database. Consumed logs need their subgraph among the modules. */
export async function startGraph(modules: readonly SubgraphModule[]): Promise<TestGraph> {
  const clock = new TestClock();
  const names = modules.map((module) => module.name).sort();
  const database = await templateDatabase(names.join('_'), async (url) => {
    for (const module of modules) await migrateSubgraph(module, url, clock);
  });
  const running = run(modules, database.url, clock);
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
