// A number that may depend on an operation's variables. What depends on none is summed up once, when an operation is first seen.
import { Kind, type ValueNode, valueFromASTUntyped } from 'graphql';

export type Variables = Readonly<Record<string, unknown>>;
export type Amount = number | ((variables: Variables) => number);

export function amountUnder(amount: Amount, variables: Variables): number {
  return typeof amount === 'number' ? amount : amount(variables);
}

/** Of many amounts; `combine` is Math.max or a sum, where order and grouping do not matter. */
function combined(amounts: readonly Amount[], combine: (left: number, right: number) => number, start: number): Amount {
  let known = start;
  const open: ((variables: Variables) => number)[] = [];
  for (const amount of amounts) {
    if (typeof amount === 'number') known = combine(known, amount);
    else open.push(amount);
  }
  if (open.length === 0) return known;
  return (variables) => {
    let all = known;
    for (const amount of open) all = combine(all, amount(variables));
    return all;
  };
}

export function sum(amounts: readonly Amount[]): Amount {
  return combined(amounts, (left, right) => left + right, 0);
}

export function largest(amounts: readonly Amount[]): Amount {
  return combined(amounts, Math.max, 0);
}

export function times(left: Amount, right: Amount): Amount {
  // Nothing is nothing, however many: 0 × ∞ is no number.
  if (left === 0 || right === 0) return 0;
  if (typeof left === 'number' && typeof right === 'number') return left * right;
  return (variables) => amountUnder(left, variables) * amountUnder(right, variables) || 0;
}

export function when(isIncluded: ((variables: Variables) => boolean) | undefined, amount: Amount): Amount {
  if (isIncluded === undefined || amount === 0) return amount;
  return (variables) => (isIncluded(variables) ? amountUnder(amount, variables) : 0);
}

/** An argument's value: at once, or by variables. */
export type Given = { readonly constant: unknown } | { readonly under: (variables: Variables) => unknown };

export function givenBy(node: ValueNode | undefined, otherwise: unknown): Given {
  if (node === undefined) return { constant: otherwise };
  if (!hasVariables(node)) return { constant: valueFromASTUntyped(node) };
  // A variable that was not given leaves the argument to its default.
  return {
    under(variables) {
      const value = valueFromASTUntyped(node, variables);
      return value === undefined ? otherwise : value;
    },
  };
}

/** What a value amounts to, whenever it is known. */
export function amountOf(given: Given, measure: (value: unknown) => number): Amount {
  return 'constant' in given ? measure(given.constant) : (variables) => measure(given.under(variables));
}

function hasVariables(node: ValueNode): boolean {
  if (node.kind === Kind.VARIABLE) return true;
  if (node.kind === Kind.LIST) return node.values.some(hasVariables);
  return node.kind === Kind.OBJECT && node.fields.some(({ value }) => hasVariables(value));
}
