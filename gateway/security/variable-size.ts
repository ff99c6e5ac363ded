// How large an operation's variables may be: deep, many, long lists. Walked before anything coerces them; never deeper than allowed.
import type { Variables } from './amount.ts';
import type { Limits } from './limit-settings.ts';

export type VariableLimits = Pick<Limits, 'variableDepth' | 'variableValues' | 'listLength'>;

/** What they are refused for; undefined when they are within the limits. */
export function variableExcess(variables: Variables, limits: VariableLimits): string | undefined {
  let values = 0;
  const walk = (value: unknown, depth: number): string | undefined => {
    values += 1;
    if (values > limits.variableValues) {
      return `The variables have more than ${limits.variableValues} values; send several requests`;
    }
    if (typeof value !== 'object' || value === null) return undefined;
    if (depth > limits.variableDepth) return `The variables are more than ${limits.variableDepth} levels deep`;
    if (Array.isArray(value)) {
      if (value.length > limits.listLength) {
        return `A list in the variables has ${value.length} elements, and may have ${limits.listLength}; send several requests`;
      }
      for (const element of value) {
        const excess = walk(element, depth + 1);
        if (excess !== undefined) return excess;
      }
      return undefined;
    }
    for (const key of Object.keys(value)) {
      const excess = walk((value as Record<string, unknown>)[key], depth + 1);
      if (excess !== undefined) return excess;
    }
    return undefined;
  };
  for (const name of Object.keys(variables)) {
    const excess = walk(variables[name], 1);
    if (excess !== undefined) return excess;
  }
  return undefined;
}
