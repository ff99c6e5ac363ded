// What somebody wrote on an interface, in a supergraph composed when that was still allowed, is meant for every object that implements it.
// Composition of today puts on an interface what its objects ask for together: that is theirs, and not meant for the others.
import { type DocumentNode, Kind } from 'graphql';
import type { Specification } from '../supergraph/access-directives.ts';

export interface Rule {
  readonly kind: Specification;
  /** Any of these sets, each of which must be held whole; of @authenticated none. */
  readonly anyOf: readonly (readonly string[])[];
}

/** Rules by a type's name, or `Type.field`. */
export type RulesAt = (coordinate: string) => readonly Rule[];

export interface Inherited {
  /** Of an object. */
  readonly coordinate: string;
  readonly rule: Rule;
}

export function inheritedRules({ definitions }: DocumentNode, rulesAt: RulesAt): Inherited[] {
  const objects = new Map<string, Set<string>>();
  const fields = new Map<string, Set<string>>();
  for (const definition of definitions) {
    const { kind } = definition;
    if (kind === Kind.OBJECT_TYPE_DEFINITION || kind === Kind.OBJECT_TYPE_EXTENSION) {
      for (const { name } of definition.interfaces ?? []) into(objects, name.value).add(definition.name.value);
    } else if (kind === Kind.INTERFACE_TYPE_DEFINITION || kind === Kind.INTERFACE_TYPE_EXTENSION) {
      for (const { name } of definition.fields ?? []) into(fields, definition.name.value).add(name.value);
    }
  }
  return [...objects].flatMap(([name, implementing]) =>
    ['', ...[...(fields.get(name) ?? [])].map((field) => `.${field}`)].flatMap((field) => {
      const coordinates = [...implementing].map((object) => object + field);
      const theirs = coordinates.flatMap(rulesAt);
      const written = rulesAt(name + field).filter((rule) => !isComposed(rule, theirs));
      return written.flatMap((rule) => coordinates.map((coordinate) => ({ coordinate, rule })));
    }),
  );
}

/** True for what asks for nothing but what the objects ask for, and for enough to see any of them. */
function isComposed(rule: Rule, theirs: readonly Rule[]): boolean {
  const alike = theirs.filter(({ kind }) => kind === rule.kind);
  if (alike.length === 0) return false;
  const asked = new Set(alike.flatMap(({ anyOf }) => anyOf.flat()));
  const fits = (set: readonly string[]) =>
    set.every((each) => asked.has(each)) &&
    alike.every(({ anyOf }) => anyOf.some((one) => one.every((each) => set.includes(each))));
  // Nobody holds one of no sets: composed of one that nobody holds.
  if (rule.anyOf.length === 0 && rule.kind !== 'authenticated') return alike.some(({ anyOf }) => anyOf.length === 0);
  return rule.anyOf.every(fits);
}

function into(map: Map<string, Set<string>>, key: string): Set<string> {
  const known = map.get(key) ?? new Set();
  map.set(key, known);
  return known;
}
