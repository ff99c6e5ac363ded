// A process of its own for a planner: what panics or never ends there ends this process and not the gateway, and planning takes no time
// of the answers being sent meanwhile. First message: which planner and the supergraph; then one operation each.
import { createRequire } from 'node:module';
import type { QueryPlanner } from '@graphql-hive/router-query-planner';
import { translatePlan } from './hive-plans.ts';
import type { QueryPlan } from './plan.ts';

export type PlannerKind = 'hive' | 'apollo';

export type ToPlanner =
  | { readonly kind: PlannerKind; readonly supergraphSdl: string }
  | { readonly id: number; readonly operation: string };

export type FromPlanner =
  | { readonly kind: 'ready' }
  /** There is no build for this platform. */
  | { readonly kind: 'unavailable'; readonly message: string }
  /** There is one, and it cannot plan for this supergraph. */
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'planned'; readonly id: number; readonly plan: QueryPlan }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };

type Plan = (operation: string) => QueryPlan | Promise<QueryPlan>;

interface PlannerModule {
  readonly QueryPlanner: new (supergraphSdl: string) => QueryPlanner;
}

const NO_LABELS = new Set<string>();
let plan: Plan | undefined;

async function load(kind: PlannerKind, supergraphSdl: string): Promise<FromPlanner> {
  let create: (supergraphSdl: string) => Plan;
  try {
    create = kind === 'hive' ? hive() : await apollo();
  } catch (error) {
    return { kind: 'unavailable', message: (error as Error).message };
  }
  try {
    plan = create(supergraphSdl);
    return { kind: 'ready' };
  } catch (error) {
    return { kind: 'refused', message: (error as Error).message };
  }
}

function hive(): (supergraphSdl: string) => Plan {
  const module = createRequire(import.meta.url)('@graphql-hive/router-query-planner') as PlannerModule;
  return (supergraphSdl) => {
    const planner = new module.QueryPlanner(supergraphSdl);
    return (operation) => translatePlan(planner.plan(operation, undefined, NO_LABELS, 0));
  };
}

async function apollo(): Promise<(supergraphSdl: string) => Plan> {
  const { createApolloPlanner } = await import('./apollo-planner.ts');
  return (supergraphSdl) => {
    const planner = createApolloPlanner(supergraphSdl);
    return (operation) => planner.plan(operation);
  };
}

async function answer(id: number, operation: string): Promise<FromPlanner> {
  try {
    if (!plan) throw new Error('there is no supergraph yet');
    return { kind: 'planned', id, plan: await plan(operation) };
  } catch (error) {
    return { kind: 'failed', id, message: (error as Error).message };
  }
}

async function reply(message: ToPlanner): Promise<void> {
  const answered =
    'kind' in message ? load(message.kind, message.supergraphSdl) : answer(message.id, message.operation);
  process.send?.(await answered);
}

process.on('message', (message: ToPlanner) => void reply(message));
// The gateway is gone.
process.on('disconnect', () => process.exit(0));
