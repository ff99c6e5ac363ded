// The types as one subgraph knows them: an object of a type it does not know, or does not count to a union or an interface, never
// comes from it.
import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  Kind,
  parse,
  parseType,
  type SelectionSetNode,
} from 'graphql';
import type { Requirement } from './plan.ts';
import { nameOf, type Types, type TypeTable } from './types.ts';

type Arguments = Readonly<Record<string, string | boolean>>;

export class SubgraphTypes {
  readonly #whole: TypeTable;
  readonly #bySubgraph = new Map<string, Narrowed>();

  constructor(supergraph: DocumentNode, whole: TypeTable) {
    this.#whole = whole;
    const graphs = new Map<unknown, Narrowed>();
    for (const definition of supergraph.definitions) {
      if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== 'join__Graph') continue;
      for (const value of definition.values ?? []) {
        const subgraph = new Narrowed(whole);
        graphs.set(value.name.value, subgraph);
        for (const { name } of uses(value.directives, 'join__graph')) this.#bySubgraph.set(String(name), subgraph);
      }
    }
    for (const definition of supergraph.definitions) read(definition, graphs);
  }

  /** True where the subgraph can tell the field of any object of the type it knows, without anything else. */
  resolves(subgraph: string, type: string, field: string): boolean {
    return this.#bySubgraph.get(subgraph)?.resolved.has(`${type}.${field}`) ?? false;
  }

  /** True where what is sent of an object of the type has all that its subgraph needs for the field. */
  isTold(subgraph: string, type: string, field: string, sent: readonly Requirement[]): boolean {
    const required = this.#bySubgraph.get(subgraph)?.required.get(field) ?? [];
    return required.every(
      (each) => !this.#whole.allOf([each.type]).has(type) || covers(sent, each.fields, type, this.#whole),
    );
  }

  /** All types, where the supergraph does not say who knows which. */
  of(subgraph: string): Types {
    return this.#bySubgraph.get(subgraph) ?? this.#whole;
  }
}

class Narrowed implements Types {
  readonly members = new Map<string, Set<string>>();
  readonly fields = new Map<string, string>();
  readonly resolved = new Set<string>();
  /** What the subgraph needs for a field of a type, by the field's name. */
  readonly required = new Map<string, { readonly type: string; readonly fields: SelectionSetNode }[]>();
  readonly #whole: TypeTable;

  constructor(whole: TypeTable) {
    this.#whole = whole;
  }

  allOf(types: readonly string[]): ReadonlySet<string> {
    return new Set(types.flatMap((type) => [type, ...(this.members.get(type) ?? this.#whole.allOf([type]))]));
  }

  typeOfField(type: string, field: string): string | undefined {
    return this.fields.get(`${type}.${field}`) ?? this.#whole.typeOfField(type, field);
  }
}

function read(definition: DefinitionNode, graphs: ReadonlyMap<unknown, Narrowed>): void {
  if (definition.kind === Kind.UNION_TYPE_DEFINITION) {
    for (const { graph, member } of uses(definition.directives, 'join__unionMember'))
      add(graphs.get(graph), definition.name.value, String(member));
  } else if (definition.kind === Kind.INTERFACE_TYPE_DEFINITION || definition.kind === Kind.OBJECT_TYPE_DEFINITION) {
    const name = definition.name.value;
    for (const { graph, interface: parent } of uses(definition.directives, 'join__implements'))
      add(graphs.get(graph), String(parent), name);
    // An interface that is an object there may be of any type: another subgraph tells which.
    for (const { graph, isInterfaceObject } of uses(definition.directives, 'join__type'))
      if (isInterfaceObject === true) graphs.get(graph)?.members.delete(name);
    const known = uses(definition.directives, 'join__type').map(({ graph }) => graph);
    for (const field of definition.fields ?? []) readField(name, field, graphs, known);
  }
}

function readField(
  parent: string,
  field: FieldDefinitionNode,
  graphs: ReadonlyMap<unknown, Narrowed>,
  owners: readonly unknown[],
): void {
  const place = `${parent}.${field.name.value}`;
  const joins = uses(field.directives, 'join__field');
  // Without a word about it, each subgraph of the type has the field.
  if (joins.length === 0) for (const graph of owners) graphs.get(graph)?.resolved.add(place);
  for (const { graph, type, external, requires, override, usedOverridden } of joins) {
    const known = graphs.get(graph)?.required;
    const fields = typeof requires === 'string' ? selectionOf(requires) : undefined;
    if (fields) known?.set(field.name.value, [...(known.get(field.name.value) ?? []), { type: parent, fields }]);
    if (typeof type === 'string') graphs.get(graph)?.fields.set(place, nameOf(parseType(type)));
    if (external !== true && requires === undefined && override === undefined && usedOverridden !== true)
      graphs.get(graph)?.resolved.add(place);
  }
}

function selectionOf(requires: string): SelectionSetNode | undefined {
  const [operation] = parse(`{ ${requires} }`, { noLocation: true }).definitions;
  return operation?.kind === Kind.OPERATION_DEFINITION ? operation.selectionSet : undefined;
}

/** Of fields within fragments nobody can say whether they have to be there. */
function covers(
  sent: readonly Requirement[],
  { selections }: SelectionSetNode,
  type: string | undefined,
  types: TypeTable,
): boolean {
  const fields = sent.flatMap((part): readonly Requirement[] => {
    if (part.kind === 'field') return [part];
    return type === undefined || types.allOf([part.type]).has(type) ? part.requirements : [];
  });
  return selections.every((selection) => {
    if (selection.kind !== Kind.FIELD) return true;
    const given = fields.filter((part) => part.kind === 'field' && part.to === selection.name.value);
    const { selectionSet } = selection;
    if (!selectionSet || given.length === 0) return given.length > 0;
    const inner = given.flatMap(({ requirements }) => requirements ?? []);
    return covers(inner, selectionSet, undefined, types);
  });
}

function add(subgraph: Narrowed | undefined, abstract: string, member: string): void {
  const known = subgraph?.members.get(abstract) ?? new Set();
  subgraph?.members.set(abstract, known.add(member));
}

function uses(directives: readonly ConstDirectiveNode[] | undefined, name: string): readonly Arguments[] {
  return (directives ?? [])
    .filter((directive) => directive.name.value === name)
    .map(({ arguments: given }) =>
      Object.fromEntries(
        (given ?? []).flatMap(({ name: key, value }) => ('value' in value ? [[key.value, value.value] as const] : [])),
      ),
    );
}
