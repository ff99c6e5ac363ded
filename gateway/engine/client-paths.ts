// Where clients see a place of the data: under the response keys of their own selection, which may show one value several times or
// not at all.
import {
  type GraphQLCompositeType,
  getNamedType,
  isAbstractType,
  isCompositeType,
  type SelectionSetNode,
} from 'graphql';
import { isObject, type JsonObject } from './rewrites.ts';
import { collectFields, type Selection } from './selection.ts';
import type { DataPath } from './targets.ts';
import { keyIn } from './variant.ts';

/** Response keys and indexes. */
export type ClientPath = readonly (string | number)[];

interface Seen {
  readonly path: ClientPath;
  readonly value: unknown;
  /** Undefined where nothing can be selected. */
  readonly type: GraphQLCompositeType | undefined;
  readonly sets: readonly SelectionSetNode[];
}

/** All places clients see the value at; none when they did not ask for it. */
export function clientPaths(selection: Selection, data: JsonObject, path: DataPath): ClientPath[] {
  const { definition } = selection.operation;
  const type = selection.api.getRootType(definition.operation) ?? undefined;
  let seen: Seen[] = [{ path: [], value: data, type, sets: [definition.selectionSet] }];
  for (const part of path) {
    seen = seen.flatMap((place) => (typeof part === 'number' ? [element(place, part)] : below(selection, place, part)));
  }
  return seen.map((place) => place.path);
}

function element({ path, value, ...rest }: Seen, index: number): Seen {
  return { ...rest, path: [...path, index], value: Array.isArray(value) ? value[index] : undefined };
}

function below(selection: Selection, { path, value, type, sets }: Seen, key: string): Seen[] {
  const object = isObject(value) ? value : undefined;
  const parent = type && concrete(selection, type, object);
  if (!parent) return [];
  const places: Seen[] = [];
  for (const [responseKey, nodes] of collectFields(selection, sets, parent)) {
    if (keyIn(parent, nodes[0], selection.operation, selection.api) !== key) continue;
    const field = 'getFields' in parent ? parent.getFields()[nodes[0].name.value] : undefined;
    const inner = field && getNamedType(field.type);
    places.push({
      path: [...path, responseKey],
      value: object?.[key],
      type: isCompositeType(inner) ? inner : undefined,
      sets: nodes.flatMap(({ selectionSet }) => selectionSet ?? []),
    });
  }
  return places;
}

function concrete(
  { api }: Selection,
  type: GraphQLCompositeType,
  object: JsonObject | undefined,
): GraphQLCompositeType {
  if (!isAbstractType(type) || typeof object?.__typename !== 'string') return type;
  const named = api.getType(object.__typename);
  return isCompositeType(named) ? named : type;
}
