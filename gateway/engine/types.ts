// Which types are which, of the whole supergraph with what clients do not see: plans speak of all of them.
import { type DocumentNode, Kind } from 'graphql';

export class TypeTable {
  readonly #members = new Map<string, Set<string>>();

  constructor(supergraph: DocumentNode) {
    for (const definition of supergraph.definitions) {
      if (definition.kind === Kind.UNION_TYPE_DEFINITION) {
        for (const member of definition.types ?? []) this.#add(definition.name.value, member.name.value);
      } else if (definition.kind === Kind.INTERFACE_TYPE_DEFINITION) {
        this.#membersOf(definition.name.value);
        for (const parent of definition.interfaces ?? []) this.#add(parent.name.value, definition.name.value);
      } else if (definition.kind === Kind.OBJECT_TYPE_DEFINITION) {
        for (const parent of definition.interfaces ?? []) this.#add(parent.name.value, definition.name.value);
      }
    }
  }

  isAbstract(type: string): boolean {
    return this.#members.has(type);
  }

  /** The types themselves and all that are of them, as `__typename` may say it. */
  allOf(types: readonly string[]): ReadonlySet<string> {
    return new Set(types.flatMap((type) => [type, ...(this.#members.get(type) ?? [])]));
  }

  #membersOf(type: string): Set<string> {
    const members = this.#members.get(type) ?? new Set();
    this.#members.set(type, members);
    return members;
  }

  #add(abstract: string, member: string): void {
    this.#membersOf(abstract).add(member);
  }
}
