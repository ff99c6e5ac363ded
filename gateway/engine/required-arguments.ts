// @requires of fields with arguments. Planners mix up two requirements of one field with different arguments, silently. So they are
// shown a supergraph where each such requirement is a field of its own, without arguments; in the plan it gets its arguments back,
// and a fetch whose fields require different values of one name becomes two.
import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type FieldNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  print,
  type SelectionSetNode,
  visit,
} from 'graphql';

type FieldsDefinition = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

/** A field that stands for another one with its arguments. */
export interface StandIn {
  readonly name: string;
  /** The field with the arguments it stands for. */
  readonly field: FieldNode;
}

export interface RequiredArguments {
  /** The supergraph planners are shown. */
  readonly supergraph: DocumentNode;
  /** By the stand-in's name. */
  readonly standIns: ReadonlyMap<string, StandIn>;
  /** Names of stand-ins that a field of a type requires: `Product.shipping`. */
  readonly requiredBy: ReadonlyMap<string, ReadonlySet<string>>;
}

const PREFIX = '_r';

export function standInForArguments(supergraph: DocumentNode): RequiredArguments {
  const substitution = new Substitution(supergraph);
  const directive = (node: ConstDirectiveNode, type: FieldsDefinition, field: FieldDefinitionNode) => ({
    ...node,
    arguments: (node.arguments ?? []).map((argument) => {
      if (argument.name.value !== 'requires' || argument.value.kind !== Kind.STRING) return argument;
      const value = substitution.requirement(argument.value.value, type.name.value, field.name.value);
      return { ...argument, value: { ...argument.value, value } };
    }),
  });
  const withStandIns = supergraph.definitions.map((definition) => {
    if (!hasFields(definition)) return definition;
    const fields = definition.fields?.map((field) => ({
      ...field,
      directives: field.directives?.map((node) => directive(node, definition, field)) ?? [],
    }));
    return { ...definition, fields: fields ?? [] };
  });
  const definitions = withStandIns.map((definition) =>
    hasFields(definition)
      ? { ...definition, fields: [...(definition.fields ?? []), ...substitution.fieldsOf(definition)] }
      : definition,
  );
  return {
    supergraph: substitution.standIns.size === 0 ? supergraph : { ...supergraph, definitions },
    standIns: substitution.standIns,
    requiredBy: substitution.requiredBy,
  };
}

function hasFields(definition: DocumentNode['definitions'][number]): definition is FieldsDefinition {
  return definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION;
}

class Substitution {
  readonly standIns = new Map<string, StandIn>();
  readonly requiredBy = new Map<string, Set<string>>();
  readonly #types: ReadonlyMap<string, FieldsDefinition>;
  /** Stand-ins by type and what they stand for. */
  readonly #byField = new Map<string, StandIn & { readonly type: string }>();

  constructor({ definitions }: DocumentNode) {
    this.#types = new Map(definitions.filter(hasFields).map((definition) => [definition.name.value, definition]));
  }

  requirement(text: string, type: string, field: string): string {
    const [operation] = parse(`{ ${text} }`, { noLocation: true }).definitions;
    if (operation?.kind !== Kind.OPERATION_DEFINITION) return text;
    const required = new Set<string>();
    const selectionSet = this.#selectionSet(operation.selectionSet, type, required);
    if (required.size === 0) return text;
    const place = `${type}.${field}`;
    this.requiredBy.set(place, new Set([...(this.requiredBy.get(place) ?? []), ...required]));
    return selectionSet.selections.map((selection) => print(selection)).join(' ');
  }

  /** What a type gets beside its own fields; an object also what its interfaces get. */
  fieldsOf({ name, interfaces = [], fields = [] }: FieldsDefinition): FieldDefinitionNode[] {
    const types = new Set([name.value, ...interfaces.map((parent) => parent.name.value)]);
    return [...this.#byField.values()].flatMap(({ type, name: value, field }) => {
      const definition = fields.find((candidate) => candidate.name.value === field.name.value);
      if (!types.has(type) || !definition) return [];
      return [{ ...definition, name: { kind: Kind.NAME, value }, arguments: [] }];
    });
  }

  #selectionSet(set: SelectionSetNode, type: string, required: Set<string>): SelectionSetNode {
    const selections = set.selections.map((selection) => {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const inner = selection.typeCondition?.name.value ?? type;
        return { ...selection, selectionSet: this.#selectionSet(selection.selectionSet, inner, required) };
      }
      if (selection.kind !== Kind.FIELD) return selection;
      const { selectionSet, ...rest } = selection;
      const inner = selectionSet && this.#selectionSet(selectionSet, this.#typeOf(type, selection), required);
      const field = { ...rest, ...(inner ? { selectionSet: inner } : {}) };
      if (!selection.arguments || selection.arguments.length === 0) return field;
      const { name } = this.#standIn(type, rest);
      required.add(name);
      return { ...field, name: { kind: Kind.NAME, value: name } as const, arguments: [] };
    });
    return { ...set, selections };
  }

  #standIn(type: string, field: FieldNode): StandIn {
    const key = `${type}.${print(field)}`;
    const known = this.#byField.get(key);
    if (known) return known;
    const made = { type, name: `${PREFIX}${this.#byField.size}_${field.name.value}`, field };
    this.#byField.set(key, made);
    this.standIns.set(made.name, made);
    return made;
  }

  #typeOf(type: string, { name }: FieldNode): string {
    let found = '';
    const definition = this.#types.get(type)?.fields?.find((field) => field.name.value === name.value);
    if (definition) visit(definition.type, { NamedType: (node) => void (found = node.name.value) });
    return found;
  }
}
