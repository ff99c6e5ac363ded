// The operation as it is planned: @skip and @include decided for one set of their variables, every value under its data key.
import {
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type FragmentSpreadNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  type InlineFragmentNode,
  isAbstractType,
  isCompositeType,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { DataKeys } from './data-keys.ts';
import type { TypeTable } from './types.ts';

/** True where the selection counts under this variant's variables. */
export type IsIncluded = (selection: { readonly directives?: readonly DirectiveNode[] | undefined }) => boolean;

export interface Operation {
  readonly definition: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly keys: DataKeys;
}

export interface Schemas {
  /** What clients see. */
  readonly api: GraphQLSchema;
  readonly types: TypeTable;
}

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** The data key of a field of this type. */
export function keyIn(parent: GraphQLCompositeType, field: FieldNode, { keys }: Operation, api: GraphQLSchema): string {
  return parent === api.getMutationType() ? keys.ofMutation(field) : keys.of(field);
}

/** The text to plan; undefined when no field of a subgraph is asked for. */
export function plannedText(operation: Operation, schemas: Schemas, isIncluded: IsIncluded): string | undefined {
  const { definition } = operation;
  const root = schemas.api.getRootType(definition.operation);
  if (!root) return undefined;
  const pruning = new Pruning(operation, schemas, isIncluded);
  const selectionSet = pruning.selectionSet(definition.selectionSet, root);
  if (!pruning.asksForData(selectionSet)) return undefined;
  const { name: _, directives: __, ...rest } = definition;
  return [print({ ...rest, selectionSet }), ...pruning.fragmentTexts()].join('\n');
}

class Pruning {
  readonly #operation: Operation;
  readonly #schemas: Schemas;
  readonly #isIncluded: IsIncluded;
  readonly #fragments = new Map<string, SelectionSetNode>();

  constructor(operation: Operation, schemas: Schemas, isIncluded: IsIncluded) {
    this.#operation = operation;
    this.#schemas = schemas;
    this.#isIncluded = isIncluded;
  }

  selectionSet({ selections }: SelectionSetNode, parent: GraphQLCompositeType): SelectionSetNode {
    const fields = new Map<string, FieldNode[]>();
    const fragments: SelectionNode[] = [];
    for (const selection of selections) {
      if (!this.#isIncluded(selection)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = keyIn(parent, selection, this.#operation, this.#schemas.api);
        fields.set(key, [...(fields.get(key) ?? []), selection]);
      } else fragments.push(...this.#fragment(selection, parent));
    }
    const kept = [...fields].flatMap(([key, nodes]) => this.#field(key, nodes, parent));
    const all = [...kept, ...fragments];
    return { kind: Kind.SELECTION_SET, selections: all.length === 0 ? [TYPENAME] : all };
  }

  /** False when only the name of the root type is left. */
  asksForData({ selections }: SelectionSetNode): boolean {
    return selections.some((selection) => {
      if (selection.kind === Kind.FIELD) return selection.name.value !== '__typename';
      if (selection.kind === Kind.INLINE_FRAGMENT) return this.asksForData(selection.selectionSet);
      const fragment = this.#fragments.get(selection.name.value);
      return fragment !== undefined && this.asksForData(fragment);
    });
  }

  fragmentTexts(): string[] {
    return [...this.#fragments].flatMap(([name, selectionSet]) => {
      const definition = this.#operation.fragments.get(name);
      return definition ? [print({ ...definition, directives: [], selectionSet })] : [];
    });
  }

  #fragment(selection: FragmentSpreadNode | InlineFragmentNode, parent: GraphQLCompositeType): SelectionNode[] {
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      this.#define(selection.name.value);
      return [{ ...selection, directives: [] }];
    }
    const type = this.#composite(selection.typeCondition?.name.value) ?? parent;
    const selectionSet = this.selectionSet(selection.selectionSet, type);
    // Nothing of it is to be fetched but, where the fragment depends on it, what the object is.
    if (selectionSet.selections.every((inner) => inner === TYPENAME)) return isAbstractType(parent) ? [TYPENAME] : [];
    return [{ ...selection, directives: [], selectionSet }];
  }

  #field(key: string, nodes: readonly FieldNode[], parent: GraphQLCompositeType): FieldNode[] {
    const [field] = nodes;
    const name = field?.name.value;
    if (!field || name === undefined) return [];
    // The name of an object's type is known, and the schema is the gateway's to tell.
    if (name === '__typename') return isAbstractType(parent) ? [TYPENAME] : [];
    const definition = 'getFields' in parent ? parent.getFields()[name] : undefined;
    if (!definition) return [];
    const { alias: _, selectionSet: __, ...rest } = field;
    const alias = key === name ? {} : { alias: { kind: Kind.NAME, value: key } as const };
    // Conditions are decided, and what else clients may write means nothing to a subgraph that does not know it.
    const directives: [] = [];
    const type = getNamedType(definition.type);
    if (!isCompositeType(type)) return [{ ...rest, ...alias, directives }];
    const selections = nodes.flatMap(({ selectionSet }) => selectionSet?.selections ?? []);
    const inner = this.selectionSet({ kind: Kind.SELECTION_SET, selections }, type);
    const typename = this.#hasHiddenMembers(type) ? [TYPENAME] : [];
    return [
      { ...rest, ...alias, directives, selectionSet: { ...inner, selections: [...typename, ...inner.selections] } },
    ];
  }

  /** An object of a type that clients must not see can only be told by its name. */
  #hasHiddenMembers(type: GraphQLCompositeType): boolean {
    if (!isAbstractType(type)) return false;
    return [...this.#schemas.types.allOf([type.name])].some((name) => !this.#schemas.api.getType(name));
  }

  #define(name: string): void {
    const definition = this.#operation.fragments.get(name);
    const type = this.#composite(definition?.typeCondition.name.value);
    if (!definition || !type || this.#fragments.has(name)) return;
    // Validation refuses a fragment within itself, so that this ends.
    this.#fragments.set(name, { kind: Kind.SELECTION_SET, selections: [] });
    this.#fragments.set(name, this.selectionSet(definition.selectionSet, type));
  }

  #composite(name: string | undefined): GraphQLCompositeType | undefined {
    const type = name === undefined ? undefined : this.#schemas.api.getType(name);
    return isCompositeType(type) ? type : undefined;
  }
}
