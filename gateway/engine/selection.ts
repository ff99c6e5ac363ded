// The fields of a selection on one object type, in the order graphql-js answers them, merged by response key.
import {
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  isAbstractType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import type { IsIncluded, Operation } from './variant.ts';

export interface Selection {
  readonly operation: Operation;
  readonly api: GraphQLSchema;
  readonly isIncluded: IsIncluded;
}

/** All nodes of each response key; each key has one field, validation saw to that. */
export type Fields = ReadonlyMap<string, readonly [FieldNode, ...FieldNode[]]>;

export function collectFields(
  { operation, api, isIncluded }: Selection,
  sets: readonly SelectionSetNode[],
  type: GraphQLCompositeType,
): Fields {
  const fields = new Map<string, [FieldNode, ...FieldNode[]]>();
  const spread = new Set<string>();
  const applies = (condition: string | undefined): boolean => isOf(type, condition, api);
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (!isIncluded(selection)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value;
        const nodes = fields.get(key);
        if (nodes) nodes.push(selection);
        else fields.set(key, [selection]);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        if (applies(selection.typeCondition?.name.value)) collect(selection.selectionSet);
      } else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value);
        const fragment = operation.fragments.get(selection.name.value);
        if (fragment && applies(fragment.typeCondition.name.value)) collect(fragment.selectionSet);
      }
    }
  };
  for (const set of sets) collect(set);
  return fields;
}

/** True where objects of an abstract type are not all asked for the same. */
export function dependsOnType(
  { operation, api, isIncluded }: Selection,
  sets: readonly SelectionSetNode[],
  type: GraphQLCompositeType,
): boolean {
  const depends = ({ selections }: SelectionSetNode): boolean =>
    selections.some((selection) => {
      if (selection.kind === Kind.FIELD || !isIncluded(selection)) return false;
      const fragment =
        selection.kind === Kind.FRAGMENT_SPREAD ? operation.fragments.get(selection.name.value) : selection;
      return fragment && (!isOf(type, fragment.typeCondition?.name.value, api) || depends(fragment.selectionSet));
    });
  return sets.some(depends);
}

function isOf(type: GraphQLCompositeType, condition: string | undefined, api: GraphQLSchema): boolean {
  if (condition === undefined || condition === type.name) return true;
  const other = api.getType(condition);
  return isAbstractType(other) && 'getFields' in type && api.isSubType(other, type);
}
