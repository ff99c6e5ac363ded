// A plan that asks no entity for what only entities of other types are asked for: planners put all types of an interface object into
// one selection, and then a field fails, or takes its object away, that nobody asked of that object.
import { type FieldNode, Kind, type OperationDefinitionNode, parse, print, type SelectionNode, visit } from 'graphql';
import { withoutFragments } from './completed.ts';
import { placeOf, placesOfRoot } from './places.ts';
import type { EntityFetch, EntityGroup, PlanNode, PlanPath, QueryPlan, Requirement } from './plan.ts';
import type { TypeTable } from './types.ts';

/** The same plan where it asks for nothing too much. */
export function narrowed(operation: string, { stream, node }: QueryPlan, types: TypeTable): QueryPlan {
  if (node === undefined) return { stream, node };
  const required = new Set(['__typename', ...requiredKeys(node)]);
  const wanted = placesOfRoot(operation, types);
  const narrowing = new Narrowing(types, (place, type, key) => {
    return required.has(key) || wanted.hasFor(`${place}.${key}`, type);
  });
  const narrow = (part: PlanNode): PlanNode => {
    if (!('nodes' in part)) return part.kind === 'entities' ? narrowing.fetch(part) : part;
    const narrower = part.nodes.map((inner) => ({ before: inner, after: narrow(inner) }));
    const waits = ({ before, after }: { before: PlanNode; after: PlanNode }) =>
      part.kind === 'parallel' && before !== after && part.nodes.some((other) => tellsTypesTo(other, before, types));
    const late = narrower.filter(waits).map(({ after }) => after);
    const nodes = narrower.filter((each) => !waits(each)).map(({ after }) => after);
    if (late.length === 0 || nodes.length === 0) return { ...part, nodes: narrower.map(({ after }) => after) };
    return { kind: 'sequence', nodes: [{ kind: 'parallel', nodes }, ...late] };
  };
  return { stream, node: narrow(node) };
}

/** True where one of two fetches of the same objects may tell which of them the other one need not ask for. */
function tellsTypesTo(node: PlanNode, other: PlanNode, types: TypeTable): boolean {
  if (other.kind !== 'entities' || node === other) return false;
  const places = new Set(
    other.groups
      .filter(({ requirements }) => requirements.some((each) => each.kind === 'type' && types.isAbstract(each.type)))
      .flatMap(({ paths }) => paths.map(placeOf)),
  );
  return fetchesOf(node).some(
    ({ subgraph, operation, groups }) =>
      subgraph !== other.subgraph &&
      operation.includes('__typename') &&
      groups.some(({ paths }) => paths.some((path) => places.has(placeOf(path)))),
  );
}

function fetchesOf(node: PlanNode): readonly EntityFetch[] {
  if ('nodes' in node) return node.nodes.flatMap(fetchesOf);
  return node.kind === 'entities' ? [node] : [];
}

/** Keys of the data that fetches need, wherever. */
function requiredKeys(node: PlanNode): readonly string[] {
  if ('nodes' in node) return node.nodes.flatMap(requiredKeys);
  const keysOf = (requirement: Requirement): readonly string[] => {
    const inner = requirement.requirements?.flatMap(keysOf) ?? [];
    return requirement.kind === 'field' ? [requirement.from, ...inner] : inner;
  };
  return node.kind === 'entities' ? node.groups.flatMap(({ requirements }) => requirements.flatMap(keysOf)) : [];
}

/** Whether somebody needs what stands under the key of objects of the type at the place. */
type IsNeeded = (place: string, type: string, key: string) => boolean;

/** A group and its `_entities` field. */
interface Root {
  readonly group: EntityGroup;
  readonly field: FieldNode;
}

class Narrowing {
  readonly #types: TypeTable;
  readonly #isNeeded: IsNeeded;

  constructor(types: TypeTable, isNeeded: IsNeeded) {
    this.#types = types;
    this.#isNeeded = isNeeded;
  }

  /** Types that are not asked for the same become groups of their own, and those that are asked for nothing are left out. */
  fetch(fetch: EntityFetch): PlanNode {
    const operation = withoutFragments(parse(fetch.operation, { noLocation: true }));
    const fields = operation?.selectionSet.selections.filter((selection) => selection.kind === Kind.FIELD) ?? [];
    let isNarrower = false;
    const roots = fetch.groups.flatMap((group): readonly Root[] => {
      const field = fields.find(({ alias, name }) => (alias ?? name).value === group.alias);
      const narrower = field && this.#narrower({ group, field });
      if (narrower) isNarrower = true;
      return narrower ?? (field ? [{ group, field }] : []);
    });
    if (!isNarrower || !operation) return fetch;
    return roots.length === 0 ? { kind: 'parallel', nodes: [] } : fetchOf(roots, operation, fetch);
  }

  /** Undefined where nothing is too much, or nobody can tell. */
  #narrower({ group, field }: Root): readonly Root[] | undefined {
    const required = group.requirements.flatMap((each) => (each.kind === 'type' ? each.type : []));
    if (required.length < group.requirements.length || group.output.length > 0) return undefined;
    const types = [...this.#types.allOf(required)];
    const all = field.selectionSet?.selections ?? [];
    const parts = new Map<
      string,
      { readonly selections: readonly SelectionNode[]; readonly types: Set<string>; readonly paths: PlanPath[] }
    >();
    for (const path of group.paths) {
      const asked = new Map<string, { readonly selections: readonly SelectionNode[]; readonly types: Set<string> }>();
      for (const type of types) {
        if (!mayEndAt(path, type, this.#types)) continue;
        // Who has only the name of the interface yet may be of any type.
        const selections = this.#types.isAbstract(type) ? all : this.#selections(all, placeOf(path), type, types);
        if (!asksForMore(selections) && asksForMore(all)) continue;
        const text = selections.map(print).join();
        asked.set(text, { selections, types: new Set([...(asked.get(text)?.types ?? []), type]) });
      }
      for (const [text, part] of asked) {
        const key = `${[...part.types].join()} ${text}`;
        parts.set(key, { ...part, paths: [...(parts.get(key)?.paths ?? []), path] });
      }
    }
    const [only] = parts.values();
    if (parts.size === 1 && only?.types.size === types.length && only.selections.length === all.length)
      return undefined;
    return [...parts.values()].map(({ selections, types: names, paths }, index) => {
      const [alias, variable] = [`${group.alias}_${index}`, `__${group.variable}_${index}`];
      const requirements = group.requirements.map((each) => (each.kind === 'type' ? { ...each, only: names } : each));
      const own = { ...field, selectionSet: { kind: Kind.SELECTION_SET, selections } } as const;
      return { group: { ...group, alias, variable, requirements, paths }, field: rooted(own, alias, variable) };
    });
  }

  /** What of them the type is asked for, of what is asked of it together with others. */
  #selections(
    selections: readonly SelectionNode[],
    place: string,
    type: string,
    types: readonly string[],
    isCommon = false,
  ): readonly SelectionNode[] {
    return selections.flatMap((selection): readonly SelectionNode[] => {
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value;
        return !isCommon || this.#isNeeded(place, type, key) ? [selection] : [];
      }
      if (selection.kind === Kind.FRAGMENT_SPREAD) return [selection];
      const condition = selection.typeCondition?.name.value;
      const covered = condition === undefined ? new Set(types) : this.#types.allOf([condition]);
      if (!covered.has(type)) return [selection];
      const together = condition === undefined ? isCommon : types.filter((each) => covered.has(each)).length > 1;
      const inner = this.#selections(selection.selectionSet.selections, place, type, types, together);
      if (inner.length === 0) return [];
      return [{ ...selection, selectionSet: { kind: Kind.SELECTION_SET, selections: inner } }];
    });
  }
}

function mayEndAt(path: PlanPath, type: string, types: TypeTable): boolean {
  const last = path.at(-1);
  return last?.kind !== 'types' || types.allOf(last.types).has(type);
}

/** More than names of types. */
function asksForMore(selections: readonly SelectionNode[]): boolean {
  return selections.some((selection) => {
    if (selection.kind === Kind.INLINE_FRAGMENT) return asksForMore(selection.selectionSet.selections);
    return selection.kind !== Kind.FIELD || selection.name.value !== '__typename';
  });
}

function rooted(field: FieldNode, alias: string, variable: string): FieldNode {
  const value = { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: variable } } as const;
  return {
    ...field,
    alias: { kind: Kind.NAME, value: alias },
    arguments: (field.arguments ?? []).map((argument) => ({ ...argument, value })),
  };
}

/** With the variables that are used, and no others: no subgraph takes those. */
function fetchOf(roots: readonly Root[], operation: OperationDefinitionNode, fetch: EntityFetch): EntityFetch {
  const selectionSet = { kind: Kind.SELECTION_SET, selections: roots.map(({ field }) => field) } as const;
  const used = new Set<string>();
  visit(selectionSet, { Variable: ({ name }) => void used.add(name.value) });
  const representations = operation.variableDefinitions?.find(
    ({ variable }) => variable.name.value === fetch.groups[0]?.variable,
  );
  const given = roots.map(({ group }) => group.variable);
  const variableDefinitions = [
    ...(operation.variableDefinitions ?? []).filter(
      ({ variable: { name } }) => fetch.variables.includes(name.value) && used.has(name.value),
    ),
    ...[...new Set(given)].flatMap((name) =>
      representations
        ? { ...representations, variable: { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: name } } as const }
        : [],
    ),
  ];
  return {
    ...fetch,
    operation: print({ ...operation, variableDefinitions, selectionSet }),
    variables: fetch.variables.filter((name) => used.has(name)),
    groups: roots.map(({ group }) => group),
  };
}
