// What an operation brings: each place of the data it selects, for each type that may stand there.
import { type FragmentDefinitionNode, Kind, parse, type SelectionSetNode } from 'graphql';
import type { EntityGroup, PlanPath, Requirement, Rewrite } from './plan.ts';
import type { SubgraphTypes } from './subgraph-types.ts';
import type { Types } from './types.ts';

/** Places with their types: `.product.reviews` → `id` → Review. */
export class Places {
  readonly #types = new Map<string, Set<string>>();
  readonly #objects = new Map<string, Set<string>>();

  has(place: string): boolean {
    return this.#types.has(place);
  }

  hasFor(place: string, type: string): boolean {
    return this.#types.get(place)?.has(type) ?? false;
  }

  /** True where an object of the type may stand at the place. */
  mayBe(place: string, type: string): boolean {
    return this.#objects.get(place)?.has(type) ?? false;
  }

  add(place: string, types: Iterable<string>): void {
    addTo(this.#types, place, types);
  }

  addObjects(place: string, types: Iterable<string>): void {
    addTo(this.#objects, place, types);
  }

  with(other: Places): Places {
    const both = new Places();
    for (const [place, types] of [...this.#types, ...other.#types]) both.add(place, types);
    for (const [place, types] of [...this.#objects, ...other.#objects]) both.addObjects(place, types);
    return both;
  }

  /** Adds what comes under another key as what the plan makes of it; `at` is where the answers go. */
  rename(output: readonly Rewrite[], at: string): void {
    for (const rewrite of output) {
      if (rewrite.kind !== 'rename') continue;
      const object = at + placeOf(rewrite.path);
      const [from, to] = [`${object}.${rewrite.key}`, `${object}.${rewrite.to}`];
      for (const places of [this.#types, this.#objects]) {
        for (const [place, types] of [...places]) {
          if (place === from || place.startsWith(`${from}.`)) addTo(places, to + place.slice(from.length), types);
        }
      }
    }
  }

  /** Every place and type but names of types, which come with the rest. */
  *all(): Generator<{ readonly place: string; readonly types: ReadonlySet<string> }> {
    for (const [place, types] of this.#types) if (!place.endsWith('.__typename')) yield { place, types };
  }
}

function addTo(places: Map<string, Set<string>>, place: string, types: Iterable<string>): void {
  const known = places.get(place) ?? new Set();
  for (const type of types) known.add(type);
  places.set(place, known);
}

/** Where a path leads, whatever the types and indexes on the way. */
export function placeOf(path: PlanPath): string {
  return path.map((segment) => (segment.kind === 'key' ? `.${segment.key}` : '')).join('');
}

/** What an operation's root fields bring. */
export function placesOfRoot(text: string, types: Types): Places {
  const reading = new Reading(text, types);
  for (const { operation, selectionSet } of reading.operations()) {
    const root = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' }[operation];
    reading.places.addObjects('', [root]);
    reading.read(selectionSet, '', new Set([root]));
  }
  return reading.places;
}

/** What the entities of one root field bring to where they go. Only objects that can be sent get something: of what is required nothing lacks. */
export function placesOfEntities(
  text: string,
  { alias, paths, requirements }: EntityGroup,
  types: Types,
  subgraph: string,
  known: SubgraphTypes,
  fetched: Places,
): Places {
  const reading = new Reading(text, known.of(subgraph));
  const isTold: IsTold = (type, field) => known.isTold(subgraph, type, field, requirements);
  const sent = types.allOf(
    requirements.flatMap((requirement) => (requirement.kind === 'type' ? requirement.type : [])),
  );
  for (const { selectionSet } of reading.operations()) {
    for (const root of selectionSet.selections) {
      if (root.kind !== Kind.FIELD || (root.alias ?? root.name).value !== alias || !root.selectionSet) continue;
      for (const path of paths) {
        const complete = [...narrowedBy(path, sent, types)].filter((type) =>
          requirements.every((requirement) => isThere(requirement, placeOf(path), type, types, fetched)),
        );
        reading.read(root.selectionSet, placeOf(path), new Set(complete), isTold);
      }
    }
  }
  return reading.places;
}

/** True where an object of the type has what is required of it. */
function isThere(requirement: Requirement, place: string, type: string, types: Types, fetched: Places): boolean {
  if (requirement.kind === 'field')
    return requirement.from === '__typename' || fetched.hasFor(`${place}.${requirement.from}`, type);
  const applies = types.allOf([requirement.type]).has(type);
  return !applies || requirement.requirements.every((inner) => isThere(inner, place, type, types, fetched));
}

/** A path that ends at objects of some types. */
function narrowedBy(path: PlanPath, sent: ReadonlySet<string>, types: Types): ReadonlySet<string> {
  const last = path.at(-1);
  if (last?.kind !== 'types') return sent;
  const reached = types.allOf(last.types);
  return new Set([...sent].filter((type) => reached.has(type)));
}

type IsTold = (type: string, field: string) => boolean;

class Reading {
  readonly places = new Places();
  readonly #document;
  readonly #types: Types;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();

  constructor(text: string, types: Types) {
    this.#document = parse(text, { noLocation: true });
    this.#types = types;
    for (const definition of this.#document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(definition.name.value, definition);
    }
  }

  operations() {
    return this.#document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  }

  /** `here` are the types the object may be of, `isTold` says which of them are asked for a field with all it takes. */
  read({ selections }: SelectionSetNode, place: string, here: ReadonlySet<string>, isTold: IsTold = () => true): void {
    // Fragments on types that exclude each other ask for nothing.
    if (here.size === 0) return;
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const inner = `${place}.${(selection.alias ?? selection.name).value}`;
        const able = [...here].filter((type) => isTold(type, selection.name.value));
        this.places.add(inner, able);
        if (selection.selectionSet) {
          const below = this.#below(able, selection.name.value);
          this.places.addObjects(inner, below);
          this.read(selection.selectionSet, inner, below);
        }
        continue;
      }
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? this.#fragments.get(selection.name.value) : selection;
      if (!fragment) continue;
      const condition = fragment.typeCondition?.name.value;
      this.read(fragment.selectionSet, place, condition === undefined ? here : this.#narrowed(here, condition), isTold);
    }
  }

  #narrowed(here: ReadonlySet<string>, condition: string): ReadonlySet<string> {
    const types = this.#types.allOf([condition]);
    return new Set([...here].filter((type) => types.has(type)));
  }

  #below(here: readonly string[], field: string): ReadonlySet<string> {
    return this.#types.allOf(here.flatMap((type) => this.#types.typeOfField(type, field) ?? []));
  }
}
