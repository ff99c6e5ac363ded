// What an argument's value costs: an object 1 and what is in it, a list the sum of its elements, a leaf what @cost says. Never throws:
// a value that does not fit is refused by whoever coerces it.
import { type GraphQLInputType, getNullableType, isInputObjectType, isListType, isNonNullType } from 'graphql';
import type { CostSchema } from './cost-schema.ts';

const OBJECT = 1;

/** `weight`: what @cost says of the argument or input field itself. */
export function scoreInput(
  schema: CostSchema,
  type: GraphQLInputType,
  value: unknown,
  weight: number | undefined,
): number {
  if (value === null || value === undefined) return 0;
  const given = isNonNullType(type) ? getNullableType(type) : type;
  if (isListType(given)) {
    if (!Array.isArray(value)) return scoreInput(schema, given.ofType, value, weight);
    let cost = 0;
    for (const element of value) cost += scoreInput(schema, given.ofType, element, weight);
    return cost;
  }
  if (!isInputObjectType(given)) return weight ?? schema.weight((given as { readonly name: string }).name) ?? 0;
  let cost = weight ?? OBJECT;
  if (typeof value !== 'object') return cost;
  const fields = given.getFields();
  for (const name of Object.keys(value)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!field) continue;
    const inner = (value as Record<string, unknown>)[name];
    cost += scoreInput(schema, field.type, inner, schema.weight(`${given.name}.${name}`));
  }
  return cost;
}
