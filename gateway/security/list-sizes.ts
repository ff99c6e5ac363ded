// How long a list may become that a field answers: by the arguments that slice it, by the keys it is asked for, else as @listSize or
// the settings assume.
import { type GraphQLArgument, type GraphQLField, getNullableType, isListType, isNonNullType } from 'graphql';
import { type Amount, amountOf, type Given, type Variables } from './amount.ts';
import type { ListSize } from './cost-schema.ts';

/** The schema wants to know how much is asked for, and was not told. */
export class UnclearSize extends Error {}

export type GivenOf = (argument: GraphQLArgument) => Given;

/**
 * `assumed`: of a list that nothing is said of. A list asked for by keys (`variants(skus: [ID!]!)`) has what @listSize says for each
 * of them; a list argument that may be left out (`stock(locations: [Gln!])`) bounds what is assumed.
 */
export function listSizeAmount(
  field: GraphQLField<unknown, unknown>,
  size: ListSize | undefined,
  givenOf: GivenOf,
  assumed: number,
): Amount {
  const slicing = (size?.slicingArguments ?? []).flatMap((path) => slicingOf(field, path, givenOf));
  if (slicing.length > 0) {
    const names = size?.slicingArguments ?? [];
    return bySlices(slicing, size?.assumedSize ?? assumed, size?.requireOneSlicingArgument ? names : undefined);
  }
  return byKeys(field, givenOf, size?.assumedSize ?? assumed);
}

/** A path leads into an input object: `page.first`. */
function slicingOf(field: GraphQLField<unknown, unknown>, path: string, givenOf: GivenOf): Given[] {
  const [name, ...inner] = path.split('.');
  const argument = field.args.find((candidate) => candidate.name === name);
  if (!argument) return [];
  const given = givenOf(argument);
  const dig = (value: unknown) => inner.reduce((at, key) => (at as Record<string, unknown> | null)?.[key], value);
  return 'constant' in given
    ? [{ constant: dig(given.constant) }]
    : [{ under: (variables) => dig(given.under(variables)) }];
}

function bySlices(slices: readonly Given[], otherwise: number, oneOf: readonly string[] | undefined): Amount {
  const sizeOf = (values: readonly unknown[]) => {
    const sizes = values.flatMap((value) =>
      typeof value === 'number' ? Math.max(0, value) : Array.isArray(value) ? value.length : [],
    );
    if (oneOf && sizes.length !== 1) throw new UnclearSize(`give exactly one of ${oneOf.join(', ')}`);
    return sizes.length === 0 ? otherwise : Math.max(...sizes);
  };
  if (slices.every((slice) => 'constant' in slice)) {
    const values = slices.map(({ constant }) => constant);
    // Unclear whatever the variables: told when it runs, with all else that is wrong.
    return oneOf && values.filter((value) => value !== undefined && value !== null).length !== 1
      ? () => sizeOf(values)
      : sizeOf(values);
  }
  return (variables: Variables) =>
    sizeOf(slices.map((slice) => ('constant' in slice ? slice.constant : slice.under(variables))));
}

function byKeys(field: GraphQLField<unknown, unknown>, givenOf: GivenOf, each: number): Amount {
  const length = (value: unknown) => (Array.isArray(value) ? value.length : value === undefined ? undefined : 1);
  let entries: Amount = 1;
  let most: Amount = each;
  for (const argument of field.args) {
    const required = isNonNullType(argument.type);
    if (!isListType(getNullableType(argument.type))) continue;
    const given = givenOf(argument);
    if (required)
      entries = multiplied(
        entries,
        amountOf(given, (value) => length(value) ?? 0),
      );
    // An empty list may mean everything.
    else
      most = least(
        most,
        amountOf(given, (value) => (value === null ? undefined : length(value)) || Infinity),
      );
  }
  return multiplied(entries, most);
}

function multiplied(left: Amount, right: Amount): Amount {
  return both(left, right, (one, other) => one * other);
}

function least(left: Amount, right: Amount): Amount {
  return both(left, right, Math.min);
}

function both(left: Amount, right: Amount, combine: (left: number, right: number) => number): Amount {
  if (typeof left === 'number' && typeof right === 'number') return combine(left, right);
  return (variables) =>
    combine(typeof left === 'number' ? left : left(variables), typeof right === 'number' ? right : right(variables));
}
