// Planners behind processes of their own. The Hive router's, native and quick, was seen to abort its process over a valid query, and Apollo's
// to take minutes over one. An operation that ends its process twice, or takes too long, is refused here; what waited behind it is planned by
// the next process.
import { type ChildProcess, fork } from 'node:child_process';
import { Fault } from '#platform/errors/fault.ts';
import { Lru } from './lru.ts';
import type { Planner, QueryPlan } from './plan.ts';
import type { FromPlanner, PlannerKind, ToPlanner } from './planner-process.ts';

const MOST_STARTS = 3;
/** Once may have been the system, short of memory. */
const DEADLY = 2;
const PROGRAM = new URL('./planner-process.ts', import.meta.url);
/** Planning takes milliseconds; what takes this long was seen to take for ever. */
const LONGEST_MS = 5_000;
const MOST_DEADLY = 1_000;

/** The process ended before it answered. */
class Ended extends Error {}

interface Waiting {
  readonly operation: string;
  readonly resolve: (plan: QueryPlan) => void;
  readonly reject: (error: Error) => void;
  readonly late: NodeJS.Timeout;
}

/** Rejects with ENGINE_UNAVAILABLE where the native module was not built for this platform, SUPERGRAPH_INVALID where it cannot plan for that one. */
export async function startHivePlanner(supergraphSdl: string): Promise<Planner> {
  const planner = new PlannerInProcess('hive', supergraphSdl);
  await planner.started();
  return planner;
}

/** Its process starts with the first operation: it is slow to load and seldom needed. */
export function apolloPlannerWhenNeeded(supergraphSdl: string): Planner {
  return new PlannerInProcess('apollo', supergraphSdl);
}

class PlannerInProcess implements Planner {
  readonly #kind: PlannerKind;
  readonly #supergraphSdl: string;
  readonly #waiting = new Map<number, Waiting>();
  /** How often an operation ended a process. */
  readonly #deaths = new Lru<string, number>(MOST_DEADLY);
  #process: Promise<ChildProcess> | undefined;
  #isStopped = false;
  #lastId = 0;

  constructor(kind: PlannerKind, supergraphSdl: string) {
    this.#kind = kind;
    this.#supergraphSdl = supergraphSdl;
  }

  async started(): Promise<ChildProcess> {
    // One that was killed while it started says nothing of the platform: another engine in its place would be a wrong answer to it.
    for (let attempt = 1; ; attempt += 1) {
      if (this.#isStopped) throw new Error('The query planner was stopped');
      try {
        this.#process ??= this.#fork();
        return await this.#process;
      } catch (error) {
        if (error instanceof Fault || attempt === MOST_STARTS) throw error;
      }
    }
  }

  async plan(operation: string): Promise<QueryPlan> {
    const isDeadly = () => (this.#deaths.get(operation) ?? 0) >= DEADLY;
    if (isDeadly()) throw new Error('The planner ended over this operation before');
    for (let attempt = 1; ; attempt += 1) {
      const child = await this.started();
      try {
        return await this.#ask(child, operation);
      } catch (error) {
        if (!(error instanceof Ended) || isDeadly() || attempt === MOST_STARTS) throw error;
      }
    }
  }

  #ask(child: ChildProcess, operation: string): Promise<QueryPlan> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.#deaths.set(operation, DEADLY);
        child.kill('SIGKILL');
      }, LONGEST_MS);
      this.#waiting.set(id, { operation, resolve, reject, late });
      child.channel?.ref();
      child.send({ id, operation } satisfies ToPlanner, (error) => error && this.#end(id, { error: new Ended() }));
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    const child = await this.#process?.catch(() => undefined);
    this.#process = undefined;
    child?.kill('SIGKILL');
  }

  #fork(): Promise<ChildProcess> {
    const child = fork(PROGRAM, [], {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    // It must not keep a gateway running that has nothing else to do.
    child.unref();
    return new Promise((resolve, reject) => {
      child.on('message', (message: FromPlanner) => {
        if (message.kind === 'ready') {
          child.channel?.unref();
          resolve(child);
        } else if (message.kind === 'unavailable') {
          reject(unavailable(message.message));
          child.kill('SIGKILL');
        } else if (message.kind === 'refused') {
          reject(refused(message.message));
          child.kill('SIGKILL');
        } else
          this.#end(
            message.id,
            message.kind === 'planned' ? { plan: message.plan } : { error: new Error(message.message) },
          );
      });
      child.once('error', (error) => {
        this.#process = undefined;
        reject(error);
      });
      child.once('exit', () => {
        this.#process = undefined;
        reject(new Error('The query planner’s process ended while it started'));
        // They are planned in the order they came: it was the first.
        for (const [, { operation }] of [...this.#waiting].slice(0, 1)) {
          this.#deaths.set(operation, (this.#deaths.get(operation) ?? 0) + 1);
        }
        for (const id of this.#waiting.keys())
          this.#end(id, { error: new Ended('The planner ended over an operation') });
      });
      child.send({ kind: this.#kind, supergraphSdl: this.#supergraphSdl } satisfies ToPlanner);
      child.channel?.ref();
    });
  }

  #end(id: number, outcome: { readonly plan: QueryPlan } | { readonly error: Error }): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.late);
    void this.#process?.then((child) => this.#waiting.size === 0 && child.channel?.unref());
    if ('error' in outcome) waiting.reject(outcome.error);
    else waiting.resolve(outcome.plan);
  }
}

function unavailable(reason: string): Fault {
  return new Fault('ENGINE_UNAVAILABLE', 'The query planner does not run on this platform: set GATEWAY_ENGINE=apollo', {
    cause: new Error(reason),
  });
}

function refused(reason: string): Fault {
  const fix = 'GATEWAY_ENGINE=apollo plans without it';
  return new Fault('SUPERGRAPH_INVALID', `The query planner cannot plan for the supergraph; ${fix}: ${reason}`);
}
