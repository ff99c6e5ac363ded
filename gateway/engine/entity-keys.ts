// The keys by which each subgraph finds its entities, as the supergraph's joins tell. A planner was seen to send representations without
// one, of objects whose type was not asked about: no subgraph can find those.
import { type ConstDirectiveNode, type DocumentNode, Kind, parse } from 'graphql';

/** Names of a key's outermost fields. */
export type Key = readonly string[];

export class EntityKeys {
  readonly #keys = new Map<string, Key[]>();

  constructor({ definitions }: DocumentNode) {
    const names = new Map<string, string>();
    for (const definition of definitions) {
      if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== 'join__Graph') continue;
      for (const { name, directives } of definition.values ?? []) {
        const graph = directives?.find((directive) => directive.name.value === 'join__graph');
        names.set(name.value, (graph && textOf(graph, 'name')) ?? name.value);
      }
    }
    for (const definition of definitions) {
      if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION)
        continue;
      for (const join of definition.directives ?? []) {
        const [graph, key] = [textOf(join, 'graph'), textOf(join, 'key')];
        if (join.name.value !== 'join__type' || graph === undefined || key === undefined) continue;
        const place = `${names.get(graph)}\n${definition.name.value}`;
        this.#keys.set(place, [...(this.#keys.get(place) ?? []), outermost(key)]);
      }
    }
  }

  /** Those the subgraph has for one of the types. */
  of(subgraph: string, types: readonly string[]): readonly Key[] {
    return types.flatMap((type) => this.#keys.get(`${subgraph}\n${type}`) ?? []);
  }
}

function textOf(directive: ConstDirectiveNode, argument: string): string | undefined {
  const value = directive.arguments?.find(({ name }) => name.value === argument)?.value;
  return value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : undefined;
}

function outermost(key: string): Key {
  const [operation] = parse(`{ ${key} }`, { noLocation: true }).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) return [];
  return operation.selectionSet.selections.flatMap((selection) =>
    selection.kind === Kind.FIELD ? [selection.name.value] : [],
  );
}
