// The operation as it is planned: @skip and @include decided for one set of their variables, and the client's aliases replaced, so
// that no alias can stand where a plan looks for a key (`{ product { id: name } }`). Planning what is left is the planner's.
import {
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { TypeTable } from './types.ts';

/** True where the selection counts under this variant's variables. */
export type IsIncluded = (selection: { readonly directives?: readonly DirectiveNode[] | undefined }) => boolean;

export interface Operation {
  readonly definition: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

export interface Schemas {
  /** What clients see. */
  readonly api: GraphQLSchema;
  readonly types: TypeTable;
}

/** Before every alias of a client: no field of a schema starts like this. */
const ALIAS = '_c_';
const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/**
 * The key a field's value has in the data of subgraphs: its name where it can be nothing else. With arguments it is not what a
 * subgraph requires under that name.
 */
export function dataKey({ name, alias, arguments: given }: FieldNode): string {
  const isPlain = (alias === undefined || alias.value === name.value) && (given === undefined || given.length === 0);
  return isPlain ? name.value : `${ALIAS}${(alias ?? name).value}`;
}

/** The key clients know a key of the data by. */
export function clientKey(key: string): string {
  return key.startsWith(ALIAS) ? key.slice(ALIAS.length) : key;
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
    const kept = selections.flatMap((selection) => this.#selection(selection, parent));
    return { kind: Kind.SELECTION_SET, selections: kept.length === 0 ? [TYPENAME] : kept };
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

  #selection(selection: SelectionNode, parent: GraphQLCompositeType): SelectionNode[] {
    if (!this.#isIncluded(selection)) return [];
    if (selection.kind === Kind.FIELD) return this.#field(selection, parent);
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      this.#fragment(selection.name.value);
      return [{ ...selection, directives: [] }];
    }
    const type = this.#composite(selection.typeCondition?.name.value) ?? parent;
    return [{ ...selection, directives: [], selectionSet: this.selectionSet(selection.selectionSet, type) }];
  }

  #field(field: FieldNode, parent: GraphQLCompositeType): SelectionNode[] {
    const name = field.name.value;
    // The name of an object's type is known, and the schema is the gateway's to tell.
    if (name === '__typename') return isAbstractType(parent) ? [TYPENAME] : [];
    if (name.startsWith('__') || !('getFields' in parent)) return [];
    const definition = parent.getFields()[name];
    if (!definition) return [];
    const key = dataKey(field);
    const { alias: _, selectionSet, ...rest } = field;
    const renamed: FieldNode = {
      ...rest,
      ...(key === name ? {} : { alias: { kind: Kind.NAME, value: key } }),
      directives: (field.directives ?? []).filter(({ name: { value } }) => value !== 'skip' && value !== 'include'),
    };
    const type = getNamedType(definition.type);
    if (!selectionSet || !isCompositeType(type)) return [renamed];
    const inner = this.selectionSet(selectionSet, type);
    const selections = this.#hasHiddenMembers(type) ? [TYPENAME, ...inner.selections] : inner.selections;
    return [{ ...renamed, selectionSet: { ...inner, selections } }];
  }

  /** An object of a type that clients must not see can only be told by its name. */
  #hasHiddenMembers(type: GraphQLCompositeType): boolean {
    if (!isAbstractType(type)) return false;
    return [...this.#schemas.types.allOf([type.name])].some((name) => !this.#schemas.api.getType(name));
  }

  #fragment(name: string): void {
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
