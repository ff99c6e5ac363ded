// Nulls where none may be, as @apollo/gateway tells them: beside the answer. They are errors of it, except where an entity is absent
// from the subgraph that was asked for it and the field that refers to it may be null: then null is the answer.
import type { ExecutionResult, GraphQLError } from 'graphql';

export function completed(result: ExecutionResult): ExecutionResult {
  const violations = (result.extensions?.valueCompletion ?? []) as readonly GraphQLError[];
  const data = result.data ?? null;
  const errors = [...(result.errors ?? []), ...violations.filter(({ path = [] }) => !endsAtItsParent(data, path))];
  return errors.length === 0 ? { data } : { data, errors };
}

/** True where the null went no further up than to the object the field is of: there is no such object, and there need not be. */
function endsAtItsParent(data: unknown, path: readonly (string | number)[]): boolean {
  const parents = path.slice(0, -1);
  let at: unknown = data;
  for (const [index, name] of parents.entries()) {
    if (typeof at !== 'object' || at === null) return false;
    at = (at as Record<string | number, unknown>)[name];
    if (at === null) return index === parents.length - 1;
  }
  return false;
}
