// The engine's planner: the Hive router's, and Apollo's for the operations that one fails at. Both see a supergraph in which no
// requirement has arguments, and neither is trusted: a plan that does not bring all that was asked for is not run.
import { type DocumentNode, print } from 'graphql';
import { startHivePlanner } from './hive-planner.ts';
import type { Planner, QueryPlan } from './plan.ts';
import { type CheckedPlan, checkedPlan } from './plan-order.ts';
import { standInForArguments } from './required-arguments.ts';
import { withRequiredArguments } from './required-plan.ts';
import { SubgraphTypes } from './subgraph-types.ts';
import { TypeTable } from './types.ts';

/** Rejects with ENGINE_UNAVAILABLE where the first planner has no build for this platform. */
export async function createPlanner(supergraph: DocumentNode): Promise<Planner> {
  const required = standInForArguments(supergraph);
  const types = new TypeTable(required.supergraph);
  const known = new SubgraphTypes(required.supergraph, types);
  const supergraphSdl = print(required.supergraph);
  const first = await startHivePlanner(supergraphSdl);
  // Slow to load and to make, and seldom needed.
  let second: Promise<Planner> | undefined;
  const makeSecond = async () => (await import('./apollo-planner.ts')).createApolloPlanner(supergraphSdl);
  const attempt = async (planner: Planner, operation: string): Promise<CheckedPlan | undefined> => {
    try {
      return checkedPlan(operation, await planner.plan(operation), types, known);
    } catch {
      return undefined;
    }
  };
  const planner: Planner = {
    async plan(operation): Promise<QueryPlan> {
      const usual = await attempt(first, operation);
      if (usual?.doubts === 0) return usual.plan;
      const other = await attempt(await (second ??= makeSecond()), operation);
      const best = usual && usual.doubts <= (other?.doubts ?? Number.POSITIVE_INFINITY) ? usual : other;
      if (!best) throw new TypeError('No plan brings all that the operation asks for');
      return best.plan;
    },
    stop: () => first.stop(),
  };
  return withRequiredArguments(planner, required);
}
