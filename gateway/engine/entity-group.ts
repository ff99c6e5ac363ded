// One `_entities` field of a fetch: which objects want an entity, and how its answer reaches all of them.
import { type FieldNode, Kind, parse, print } from 'graphql';
import { copy, itself, mergeInto } from './merge.ts';
import type { EntityFetch } from './plan.ts';
import { compileRepresentation, type Represent, type Representation } from './representation.ts';
import { type Apply, compileRewrites, type JsonObject } from './rewrites.ts';
import type { Run } from './run.ts';
import type { Sharing } from './sharing.ts';
import { type Target, TargetPath } from './targets.ts';
import type { TypeTable } from './types.ts';

export interface Place {
  readonly path: TargetPath;
  /** Objects of this path may become one object when they say the same. */
  readonly shareable: boolean;
}

export interface Group {
  readonly alias: string;
  readonly variable: string;
  readonly places: readonly Place[];
  readonly represent: Represent;
  readonly output: Apply | undefined;
  /** Other steps add to what this one brings. */
  readonly extended: boolean;
  /** Equal for fetches that would answer the same; undefined where an answer must not be used again. */
  readonly selection: string | undefined;
}

/** The objects of one place that share a representation. */
export interface Wanted {
  readonly group: Group;
  readonly place: Place;
  readonly representation: Representation;
  readonly targets: Target[];
}

export function compileGroups(fetch: EntityFetch, types: TypeTable, sharing: Sharing): readonly Group[] {
  const selections = selectionsByAlias(fetch);
  return fetch.groups.map((group) => {
    const extended = sharing.isExtended(group);
    const sharesVariable = fetch.groups.some((other) => other !== group && other.variable === group.variable);
    const selection = `${fetch.subgraph}\n${selections.get(group.alias)}`;
    return {
      alias: group.alias,
      variable: group.variable,
      places: group.paths.map((path) => ({ path: new TargetPath(path, types), shareable: sharing.isShareable(path) })),
      represent: compileRepresentation(group, fetch.subgraph, types),
      output: compileRewrites(group.output, types),
      extended,
      selection: extended || sharesVariable ? undefined : selection,
    };
  });
}

/** What each root field of the operation selects. */
function selectionsByAlias({ operation }: EntityFetch): ReadonlyMap<string, string> {
  const { definitions } = parse(operation, { noLocation: true });
  const fragments = definitions.filter(({ kind }: { kind: Kind }) => kind === Kind.FRAGMENT_DEFINITION).map(print);
  const fields = definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? (definition.selectionSet.selections as readonly FieldNode[]) : [],
  );
  return new Map(
    fields.map(({ alias, name, selectionSet }) => [
      (alias ?? name).value,
      [selectionSet ? print(selectionSet) : '', ...fragments].join('\n'),
    ]),
  );
}

export function collectWanted(group: Group, run: Run): Wanted[] {
  const { represent } = group;
  return group.places.flatMap((place) => {
    const wanted = new Map<string, Wanted>();
    const byKey = new Map<unknown, Wanted>();
    for (const target of place.path.collect(run.data, run.shared)) {
      const { object } = target;
      // Most keys are one value, which was seen before as often as not: no representation is made to find that out.
      const key = represent.onlyKey === undefined ? undefined : object[represent.onlyKey];
      const same = key === undefined ? undefined : byKey.get(key);
      if (same !== undefined && same.representation.value.__typename === object.__typename) {
        same.targets.push(target);
        continue;
      }
      const representation = represent.of(object);
      if (!representation) continue;
      const entry = wanted.get(representation.text);
      if (entry) entry.targets.push(target);
      else {
        const first = { group, place, representation, targets: [target] };
        wanted.set(representation.text, first);
        if (key !== undefined) byKey.set(key, first);
      }
    }
    return [...wanted.values()];
  });
}

/**
 * Gives the entity to all that want it. Objects that said only what was sent of them say the same: they become one object, which
 * later steps follow and the writer writes once.
 */
export function spread(
  { group, place: { shareable }, representation, targets }: Wanted,
  entity: JsonObject | null | undefined,
  run: Run,
  types: TypeTable,
): void {
  const several = targets.length > 1;
  const enter = shareable || !group.extended ? itself : copy;
  let one: JsonObject | undefined;
  for (const { object, holder, slot } of targets) {
    const place = holder as Record<string | number, unknown>;
    // A step that ran beside this one may have put another object there: one of these targets as well.
    const isThere = place[slot] === object;
    if (several && shareable && isThere && saysOnly(object, representation) && !run.shared.has(object)) {
      if (one !== undefined) {
        run.share(one);
        place[slot] = one;
        continue;
      }
      one = object;
    }
    if (entity) mergeInto(object, entity, enter, types);
    else if (entity === null) run.absent.add(object);
  }
  if (!entity || !several) return;
  for (const key of Object.keys(entity)) {
    const value = entity[key];
    if (typeof value === 'object' && value !== null) run.share(value);
  }
}

function saysOnly(object: JsonObject, { plainKeys }: Representation): boolean {
  if (plainKeys === undefined) return false;
  let keys = 0;
  for (const _ in object) keys += 1;
  return keys === plainKeys;
}
