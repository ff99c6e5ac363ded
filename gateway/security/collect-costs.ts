// A selection as cost sees it: fields of one response key once, and apart what an object has only if it is of a type or if a
// variable says so.
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Variables } from './amount.ts';

export type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;
type IsIncluded = (variables: Variables) => boolean;

interface CollectedField {
  readonly key: string;
  readonly nodes: FieldNode[];
  /** Undefined: always. */
  readonly isIncluded: IsIncluded | undefined;
}

export interface Branch {
  readonly type: GraphQLCompositeType;
  readonly sets: SelectionSetNode[];
  readonly isIncluded: IsIncluded | undefined;
  /** True where every object of the selection is of this type. */
  readonly isOfAll: boolean;
}

export interface Collected {
  readonly fields: readonly CollectedField[];
  readonly branches: readonly Branch[];
}

export function collectCosts(
  api: GraphQLSchema,
  fragments: Fragments,
  sets: readonly SelectionSetNode[],
  parent: GraphQLCompositeType,
): Collected {
  const fields = new Map<string, CollectedField>();
  const branches = new Map<string, Branch>();
  const spread = new Set<string>();
  const fragment = (typeName: string | undefined, set: SelectionSetNode, condition: Condition): void => {
    const named = typeName === undefined ? parent : api.getType(typeName);
    const type = isCompositeType(named) ? named : parent;
    const isOfAll = covers(api, type, parent);
    if (isOfAll && condition.text === '') return collect(set);
    const key = `${type.name} ${condition.text}`;
    const known = branches.get(key);
    if (known) known.sets.push(set);
    else branches.set(key, { type: isOfAll ? parent : type, sets: [set], isIncluded: condition.isIncluded, isOfAll });
  };
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      const condition = conditionOf(selection);
      if (condition === undefined) continue;
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value;
        const known = fields.get(`${key} ${condition.text}`);
        if (known) known.nodes.push(selection);
        else fields.set(`${key} ${condition.text}`, { key, nodes: [selection], isIncluded: condition.isIncluded });
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        fragment(selection.typeCondition?.name.value, selection.selectionSet, condition);
      } else {
        const spreadKey = `${selection.name.value} ${condition.text}`;
        const definition = fragments.get(selection.name.value);
        if (!definition || spread.has(spreadKey)) continue;
        spread.add(spreadKey);
        fragment(definition.typeCondition.name.value, definition.selectionSet, condition);
      }
    }
  };
  for (const set of sets) collect(set);
  return { fields: [...fields.values()], branches: [...branches.values()] };
}

function covers(api: GraphQLSchema, type: GraphQLCompositeType, parent: GraphQLCompositeType): boolean {
  if (type === parent) return true;
  if (!isAbstractType(type)) return false;
  if (!isAbstractType(parent)) return api.isSubType(type, parent);
  return api.getPossibleTypes(parent).every((possible) => api.isSubType(type, possible));
}

interface Condition {
  /** The same for the same conditions; empty for none. */
  readonly text: string;
  readonly isIncluded: IsIncluded | undefined;
}

const NO_CONDITION: Condition = { text: '', isIncluded: undefined };

/** Undefined for what is never included. */
function conditionOf({ directives = [] }: SelectionNode): Condition | undefined {
  const variables: { readonly name: string; readonly wanted: boolean }[] = [];
  for (const { name, arguments: given } of directives) {
    if (name.value !== 'skip' && name.value !== 'include') continue;
    const wanted = name.value === 'include';
    const value = given?.find((argument) => argument.name.value === 'if')?.value;
    if (value?.kind === Kind.BOOLEAN && value.value !== wanted) return undefined;
    if (value?.kind === Kind.VARIABLE) variables.push({ name: value.name.value, wanted });
  }
  if (variables.length === 0) return NO_CONDITION;
  return {
    text: variables.map(({ name, wanted }) => `${wanted ? '' : '!'}${name}`).join('&'),
    isIncluded: (given) => variables.every(({ name, wanted }) => (given[name] === true) === wanted),
  };
}
