// How large an operation may be before anything of it is planned. Refuses what is small to send and endless to answer: going round
// in circles (product, variants, product, …) multiplies the answer with each turn.
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type SelectionSetNode,
  type ValidationRule,
} from 'graphql';

/** Of a document. A ticket of 1,000 lines written out without variables has 25,000. */
export const MOST_TOKENS = 50_000;
const MOST_LEVELS = 20;
const MOST_FIELDS = 1_000;
/** Times one field of a type may stand on the way down to another. */
const MOST_TURNS = 2;

interface Way {
  readonly names: readonly string[];
  readonly turns: ReadonlyMap<string, number>;
  readonly fragments: ReadonlySet<string>;
}

/** What an operation is refused for; undefined when it is within the limits. Introspection is counted by graphql's own rule. */
export function excessOf(schema: GraphQLSchema, document: DocumentNode): string | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  for (const node of document.definitions) {
    if (node.kind !== Kind.OPERATION_DEFINITION) continue;
    const count = new Count(schema, fragments);
    const start: Way = { names: [], turns: new Map(), fragments: new Set() };
    const excess = count.select(node.selectionSet, schema.getRootType(node.operation) ?? undefined, start);
    if (excess !== undefined) return excess;
  }
  return undefined;
}

class Count {
  readonly #schema: GraphQLSchema;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  #selections = 0;

  constructor(schema: GraphQLSchema, fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
    this.#schema = schema;
    this.#fragments = fragments;
  }

  select({ selections }: SelectionSetNode, type: GraphQLNamedType | undefined, way: Way): string | undefined {
    for (const node of selections) {
      // Spreads count too: fragments of fragments of nothing double with each of them.
      this.#selections += 1;
      if (this.#selections > MOST_FIELDS) {
        return `The operation selects more than ${MOST_FIELDS} fields, counting each use of a fragment; ask in several operations`;
      }
      let excess: string | undefined;
      if (node.kind === Kind.FIELD) {
        if (node.selectionSet) excess = this.#enter(node.name.value, node.selectionSet, type, way);
      } else if (node.kind === Kind.INLINE_FRAGMENT) {
        excess = this.select(node.selectionSet, this.#typeOf(node.typeCondition?.name.value) ?? type, way);
      } else {
        excess = this.#spread(node.name.value, way);
      }
      if (excess !== undefined) return excess;
    }
    return undefined;
  }

  #enter(name: string, below: SelectionSetNode, type: GraphQLNamedType | undefined, way: Way): string | undefined {
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
    // Introspection, or a field there is none of: another rule says so.
    if (!field) return undefined;
    const names = [...way.names, name];
    if (names.length >= MOST_LEVELS) {
      return `${names.join('.')}: the operation goes more than ${MOST_LEVELS} levels deep; ask for what is further down on its own`;
    }
    const key = `${type?.name}.${name}`;
    const times = (way.turns.get(key) ?? 0) + 1;
    if (times > MOST_TURNS) {
      return `${names.join('.')}: goes round in a circle; ${key} may stand ${MOST_TURNS} times on one way`;
    }
    const turns = new Map(way.turns).set(key, times);
    return this.select(below, getNamedType(field.type), { ...way, names, turns });
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
