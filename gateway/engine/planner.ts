// The engine's planner: the Hive router's, and Apollo's for the operations that one fails at. Both see a supergraph in which no
// requirement has arguments, and neither is trusted: a plan that does not bring all that was asked for is not run.
import { type DocumentNode, print } from 'graphql';
import { completed } from './completed.ts';
import { apolloPlannerWhenNeeded, startHivePlanner } from './hive-planner.ts';
import { narrowed } from './narrowed.ts';
import type { Planner, QueryPlan } from './plan.ts';
import { type CheckedPlan, checkedPlan } from './plan-order.ts';
import { standInForArguments } from './required-arguments.ts';
import { withRequiredArguments } from './required-plan.ts';
import { SubgraphTypes } from './subgraph-types.ts';
import { TypeTable } from './types.ts';
import { widened } from './widened.ts';

/** Rejects with ENGINE_UNAVAILABLE where the first planner has no build for this platform, SUPERGRAPH_INVALID where it cannot plan for it. */
export async function createPlanner(supergraph: DocumentNode): Promise<Planner> {
  const required = standInForArguments(supergraph);
  const types = new TypeTable(required.supergraph);
  const known = new SubgraphTypes(required.supergraph, types);
  const supergraphSdl = print(required.supergraph);
  const first = await startHivePlanner(supergraphSdl);
  const planners = [first, apolloPlannerWhenNeeded(supergraphSdl)];
  /** `text` is what is planned, `operation` what the plan must bring. */
  const checked = async (
    planning: Planner,
    text: string,
    operation: string,
    problems: string[],
  ): Promise<CheckedPlan | undefined> => {
    try {
      const plan = await planning.plan(text);
      const usual = checkedPlan(operation, plan, types, known);
      if (usual?.doubts === 0) return usual;
      const more = checkedPlan(operation, completed(operation, plan, types, known), types, known);
      return more && more.doubts < (usual?.doubts ?? Number.POSITIVE_INFINITY) ? more : usual;
    } catch (error) {
      problems.push((error as Error).message);
      return undefined;
    }
  };
  const planner: Planner = {
    async plan(operation): Promise<QueryPlan> {
      let best: CheckedPlan | undefined;
      const problems: string[] = [];
      // The second planner last: what it was seen never to end over takes its whole time.
      for (const planning of planners) {
        for (const text of waysToAsk(operation, types)) {
          const plan = await checked(planning, text, operation, problems);
          if (plan && plan.doubts < (best?.doubts ?? Number.POSITIVE_INFINITY)) best = plan;
          if (best?.doubts === 0) return narrowed(operation, best.plan, types);
        }
      }
      if (!best) throw new TypeError(`No plan brings all that the operation asks for: ${problems.join('; ')}`);
      return narrowed(operation, best.plan, types);
    },
    stop: async () => {
      await Promise.all(planners.map((each) => each.stop()));
    },
  };
  return withRequiredArguments(planner, required);
}

/** The operation, then more widely, where somebody still looks. */
function* waysToAsk(operation: string, types: TypeTable): Generator<string> {
  yield operation;
  const wider = widened(operation, types);
  if (wider !== undefined) yield wider;
}
