// A process of its own for the native planner: what panics there ends this process and not the gateway, and planning takes no time of
// the answers being sent meanwhile. First message: the supergraph; then one operation each.
import { createRequire } from 'node:module';
import type { QueryPlan, QueryPlanner } from '@graphql-hive/router-query-planner';

export type ToPlanner = { readonly supergraphSdl: string } | { readonly id: number; readonly operation: string };

export type FromPlanner =
  | { readonly kind: 'ready' }
  /** There is no build for this platform. */
  | { readonly kind: 'unavailable'; readonly message: string }
  | { readonly kind: 'planned'; readonly id: number; readonly plan: QueryPlan }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };

interface PlannerModule {
  readonly QueryPlanner: new (supergraphSdl: string) => QueryPlanner;
}

const NO_LABELS = new Set<string>();
let planner: QueryPlanner | undefined;

function load(supergraphSdl: string): FromPlanner {
  try {
    const module = createRequire(import.meta.url)('@graphql-hive/router-query-planner') as PlannerModule;
    planner = new module.QueryPlanner(supergraphSdl);
    return { kind: 'ready' };
  } catch (error) {
    return { kind: 'unavailable', message: (error as Error).message };
  }
}

function plan(id: number, operation: string): FromPlanner {
  try {
    if (!planner) throw new Error('there is no supergraph yet');
    return { kind: 'planned', id, plan: planner.plan(operation, undefined, NO_LABELS, 0) };
  } catch (error) {
    return { kind: 'failed', id, message: (error as Error).message };
  }
}

process.on('message', (message: ToPlanner) => {
  process.send?.('supergraphSdl' in message ? load(message.supergraphSdl) : plan(message.id, message.operation));
});
// The gateway is gone.
process.on('disconnect', () => process.exit(0));
