// Brings what several subgraphs say of one object together. What both say must agree; where they do not, the later one counts.
import { isObject, type JsonObject } from './rewrites.ts';
import type { TypeTable } from './types.ts';

/** How a value enters its target: itself, or a copy where the same answer serves several places that are extended apart. */
export type Enter = (value: object) => object;

export const itself: Enter = (value) => value;

export function copy<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copy) as T;
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const key of Object.keys(value)) result[key] = copy(value[key]);
  return result as T;
}

/**
 * Stands where one subgraph says that something is an object or a list, and another one that it is not: nobody can tell who is right, and JSON
 * has no such value, so that the writer cannot take it for one.
 */
export const CONTRADICTION = 0n;

function kindOf(value: unknown): 'list' | 'object' | 'leaf' {
  if (Array.isArray(value)) return 'list';
  return typeof value === 'object' ? 'object' : 'leaf';
}

export function mergeInto(target: JsonObject, source: JsonObject, enter: Enter, types: TypeTable): void {
  for (const key of Object.keys(source)) {
    const value = source[key];
    const known = target[key];
    if (value === undefined) continue;
    if (value === null || typeof value !== 'object') {
      // Where a subgraph knows only the interface, another one's object type says more.
      if (key === '__typename' && known !== undefined && types.isAbstract(value as string)) continue;
      // An object is not taken back by a subgraph that has nothing to add to it.
      if (value === null && known !== null && typeof known === 'object') continue;
      target[key] = value;
    } else if (known === null || known === undefined) target[key] = enter(value);
    else if (kindOf(known) !== kindOf(value)) target[key] = CONTRADICTION;
    else mergeValues(target, key, known, value, enter, types);
  }
}

function mergeValues(
  target: JsonObject,
  key: string,
  known: unknown,
  value: object,
  enter: Enter,
  types: TypeTable,
): void {
  if (Array.isArray(known) && Array.isArray(value) && known.length === value.length) {
    for (const [index, element] of value.entries()) {
      const before: unknown = known[index];
      if (isObject(before) && isObject(element)) mergeInto(before, element, enter, types);
      else if (kindOf(before ?? element) !== kindOf(element ?? before)) known[index] = CONTRADICTION;
      else if (element !== null && element !== undefined) known[index] = copy(element);
    }
  } else if (isObject(known) && isObject(value)) mergeInto(known, value, enter, types);
  else target[key] = enter(value);
}
