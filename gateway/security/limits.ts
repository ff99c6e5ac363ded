// How large an operation may be before anything of it is planned. Refuses what is small to send and endless to answer: going round
// in circles (product, variants, product, …) multiplies the answer with each turn.
import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  OperationTypeNode,
  type SelectionSetNode,
  type ValidationRule,
} from 'graphql';
import { type Limits, limitsOf } from './limit-settings.ts';

/** Of a document. A ticket of 1,000 lines written out without variables has 25,000. */
export const MOST_TOKENS = 50_000;

export type SizeLimits = Pick<
  Limits,
  'levels' | 'fields' | 'turns' | 'aliases' | 'sameField' | 'rootMutations' | 'directives'
>;
const usual: SizeLimits = limitsOf({});
const ofSchemas = new WeakMap<GraphQLSchema, SizeLimits>();

/** Operations on this schema are held to these limits instead of the usual ones, wherever they are validated. */
export function setSizeLimits(schema: GraphQLSchema, limits: SizeLimits): void {
  ofSchemas.set(schema, limits);
}

interface Way {
  readonly names: readonly string[];
  readonly turns: ReadonlyMap<string, number>;
  readonly fragments: ReadonlySet<string>;
  /** Response keys of each field at this place, fragments included. */
  readonly place: Map<string, Set<string>>;
}

/** What an operation is refused for; undefined when it is within the limits. Introspection is counted by graphql's own rule. */
export function excessOf(schema: GraphQLSchema, document: DocumentNode): string | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  for (const node of document.definitions) {
    if (node.kind !== Kind.OPERATION_DEFINITION) continue;
    const count = new Count(schema, fragments);
    const start: Way = { names: [], turns: new Map(), fragments: new Set(), place: new Map() };
    const root = schema.getRootType(node.operation);
    // graphql's own rules find nothing wrong with fields of a type that is not there.
    if (!root) return `The graph has no ${node.operation}s`;
    const excess = count.directives(node) ?? count.select(node.selectionSet, root, start);
    if (excess !== undefined) return excess;
    if (node.operation === OperationTypeNode.MUTATION) {
      const mutations = [...start.place.values()].reduce((sum, keys) => sum + keys.size, 0);
      const { rootMutations } = count.limits;
      if (mutations > rootMutations) {
        return `The operation has ${mutations} mutations, and may have ${rootMutations}; send several requests, or one mutation that takes a list`;
      }
    }
  }
  return undefined;
}

class Count {
  readonly #schema: GraphQLSchema;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly limits: SizeLimits;
  #selections = 0;
  #aliases = 0;

  constructor(schema: GraphQLSchema, fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
    this.#schema = schema;
    this.#fragments = fragments;
    this.limits = ofSchemas.get(schema) ?? usual;
  }

  directives({ directives = [] }: { readonly directives?: readonly DirectiveNode[] | undefined }): string | undefined {
    const most = this.limits.directives;
    return directives.length > most
      ? `There are ${directives.length} directives at one place, and may be ${most}`
      : undefined;
  }

  select({ selections }: SelectionSetNode, type: GraphQLNamedType | undefined, way: Way): string | undefined {
    for (const node of selections) {
      // Spreads count too: fragments of fragments of nothing double with each of them.
      this.#selections += 1;
      if (this.#selections > this.limits.fields) {
        return `The operation selects more than ${this.limits.fields} fields, counting each use of a fragment; ask in several operations`;
      }
      let excess = this.directives(node);
      if (excess !== undefined) return excess;
      if (node.kind === Kind.FIELD) {
        excess = this.#name(node, way);
        if (excess === undefined && node.selectionSet)
          excess = this.#enter(node.name.value, node.selectionSet, type, way);
      } else if (node.kind === Kind.INLINE_FRAGMENT) {
        excess = this.select(node.selectionSet, this.#typeOf(node.typeCondition?.name.value) ?? type, way);
      } else {
        excess = this.#spread(node.name.value, way);
      }
      if (excess !== undefined) return excess;
    }
    return undefined;
  }

  /** Aliases, and the same field under many of them. */
  #name({ name: { value: name }, alias }: FieldNode, { place, names }: Way): string | undefined {
    const { aliases, sameField } = this.limits;
    if (alias) this.#aliases += 1;
    if (this.#aliases > aliases) {
      return `The operation has more than ${aliases} aliases, counting each use of a fragment; ask in several operations`;
    }
    const keys = place.get(name) ?? new Set();
    place.set(name, keys.add(alias?.value ?? name));
    if (keys.size <= sameField) return undefined;
    return `${[...names, name].join('.')}: asked for under more than ${sameField} names; ask for a list, or in several operations`;
  }

  #enter(name: string, below: SelectionSetNode, type: GraphQLNamedType | undefined, way: Way): string | undefined {
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
    // Introspection, or a field there is none of: another rule says so.
    if (!field) return undefined;
    const names = [...way.names, name];
    if (names.length >= this.limits.levels) {
      return `${names.join('.')}: the operation goes more than ${this.limits.levels} levels deep; ask for what is further down on its own`;
    }
    const key = `${type?.name}.${name}`;
    const times = (way.turns.get(key) ?? 0) + 1;
    if (times > this.limits.turns) {
      return `${names.join('.')}: goes round in a circle; ${key} may stand ${this.limits.turns} times on one way`;
    }
    const turns = new Map(way.turns).set(key, times);
    return this.select(below, getNamedType(field.type), { ...way, names, turns, place: new Map() });
  }

  #spread(name: string, way: Way): string | undefined {
    const fragment = this.#fragments.get(name);
    // One that spreads itself, or is not there: another rule says so.
    if (!fragment || way.fragments.has(name)) return undefined;
    const fragments = new Set(way.fragments).add(name);
    return this.select(fragment.selectionSet, this.#typeOf(fragment.typeCondition.name.value), { ...way, fragments });
  }

  #typeOf(name: string | undefined): GraphQLNamedType | undefined {
    return name === undefined ? undefined : this.#schema.getType(name);
  }
}

export const withinLimits: ValidationRule = (context) => ({
  Document(node) {
    const excess = excessOf(context.getSchema(), node);
    if (excess !== undefined) context.reportError(new GraphQLError(excess));
  },
});
