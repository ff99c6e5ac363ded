// The engine's planner: the Hive router's, and Apollo's for the operations that one fails at. Both see a supergraph in which no
// requirement has arguments.
import { type DocumentNode, print } from 'graphql';
import { createApolloPlanner } from './apollo-planner.ts';
import { createHivePlanner } from './hive-planner.ts';
import type { Planner } from './plan.ts';
import { inOrder } from './plan-order.ts';
import { standInForArguments } from './required-arguments.ts';
import { withRequiredArguments } from './required-plan.ts';

/** Throws ENGINE_UNAVAILABLE where the first planner has no build for this platform. */
export function createPlanner(supergraph: DocumentNode): Planner {
  const required = standInForArguments(supergraph);
  const supergraphSdl = print(required.supergraph);
  const first = createHivePlanner(supergraphSdl);
  // Slow to make and seldom needed.
  let second: Planner | undefined;
  const planner: Planner = {
    plan(operation) {
      try {
        return inOrder(first.plan(operation));
      } catch {
        second ??= createApolloPlanner(supergraphSdl);
        return inOrder(second.plan(operation));
      }
    },
  };
  return withRequiredArguments(planner, required);
}
