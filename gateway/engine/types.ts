// Which types are which and what their fields are, of the whole supergraph with what clients do not see: plans speak of all of it.
import { type DocumentNode, Kind, type TypeNode } from 'graphql';
import { EntityKeys } from './entity-keys.ts';

/** The types as somebody knows them. */
export interface Types {
  /** The types themselves and all that are of them, as `__typename` may say it. */
  allOf(types: readonly string[]): ReadonlySet<string>;
  /** The type of a field's value, without lists; undefined for what the type has not. */
  typeOfField(type: string, field: string): string | undefined;
}

export class TypeTable implements Types {
  readonly keys: EntityKeys;
  readonly #members = new Map<string, Set<string>>();
  readonly #fields = new Map<string, ReadonlyMap<string, string>>();

  constructor(supergraph: DocumentNode) {
    this.keys = new EntityKeys(supergraph);
    for (const definition of supergraph.definitions) {
      if (definition.kind === Kind.UNION_TYPE_DEFINITION) {
        for (const member of definition.types ?? []) this.#add(definition.name.value, member.name.value);
      } else if (
        definition.kind === Kind.INTERFACE_TYPE_DEFINITION ||
        definition.kind === Kind.OBJECT_TYPE_DEFINITION
      ) {
        const name = definition.name.value;
        if (definition.kind === Kind.INTERFACE_TYPE_DEFINITION) this.#membersOf(name);
        for (const parent of definition.interfaces ?? []) this.#add(parent.name.value, name);
        const fields = (definition.fields ?? []).map((field) => [field.name.value, nameOf(field.type)] as const);
        this.#fields.set(name, new Map(fields));
      }
    }
  }

  isAbstract(type: string): boolean {
    return this.#members.has(type);
  }

  allOf(types: readonly string[]): ReadonlySet<string> {
    return new Set(types.flatMap((type) => [type, ...(this.#members.get(type) ?? [])]));
  }

  typeOfField(type: string, field: string): string | undefined {
    return this.#fields.get(type)?.get(field);
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

export function nameOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type);
}
