// Puts a plan's fetches into an order in which each finds what it requires: planners are known to send a fetch before the one that
// brings its key, or to forget one, which reads as a null nobody explains.
import { type Places, placeOf, placesOfEntities, placesOfRoot } from './places.ts';
import type { EntityFetch, PlanNode, QueryPlan, Requirement, RootFetch } from './plan.ts';
import type { SubgraphTypes } from './subgraph-types.ts';
import type { TypeTable } from './types.ts';

interface Ordered {
  readonly node: PlanNode;
  readonly fetched: Places;
}

export interface CheckedPlan {
  readonly plan: QueryPlan;
  /** Types at places of the operation that lack a field: either no object of that type comes there, or the plan is wrong. */
  readonly doubts: number;
}

/** Undefined when a fetch requires what no other one brings, or nothing brings what the operation asks for. */
export function checkedPlan(
  operation: string,
  { stream, node }: QueryPlan,
  types: TypeTable,
  known: SubgraphTypes,
): CheckedPlan | undefined {
  const streamed = stream && placesOfFetch(stream, known);
  const ordered = node && new Ordering(types, known).plan(node, streamed ?? placesOfRoot('{__typename}', types));
  const fetched = node ? ordered?.fetched : streamed;
  if (!fetched) return undefined;
  let doubts = 0;
  for (const { place, types: wanted } of placesOfRoot(operation, types).all()) {
    const object = place.slice(0, place.lastIndexOf('.'));
    for (const type of wanted) {
      // What no subgraph of the plan brings there needs no field.
      if (!fetched.mayBe(object, type)) continue;
      if (!fetched.has(place)) return undefined;
      // An interface is no type of an object.
      if (!types.isAbstract(type) && !fetched.hasFor(place, type)) doubts += 1;
    }
  }
  return { plan: { stream, node: ordered?.node }, doubts };
}

class Ordering {
  readonly #types: TypeTable;
  readonly #known: SubgraphTypes;

  constructor(types: TypeTable, known: SubgraphTypes) {
    this.#types = types;
    this.#known = known;
  }

  plan(node: PlanNode, given: Places): Ordered | undefined {
    const entities: PlanNode = { kind: 'parallel', nodes: leavesOf(node, 'entities') };
    return this.#order(node, given) ?? this.#inSequence([...leavesOf(node, 'root'), entities], given);
  }

  /** Undefined when something in the node requires what is not fetched before. */
  #order(node: PlanNode, fetched: Places): Ordered | undefined {
    switch (node.kind) {
      case 'root':
        return { node, fetched: fetched.with(placesOfFetch(node, this.#known)) };
      case 'entities':
        return hasRequired(node, fetched) ? { node, fetched: this.#withEntities(node, fetched) } : undefined;
      case 'sequence':
        return this.#inSequence(node.nodes, fetched);
      default:
        return this.#sideBySide(node.nodes, fetched);
    }
  }

  /** As the planner wrote it, except that what cannot run yet waits for what comes after. */
  #inSequence(nodes: readonly PlanNode[], before: Places): Ordered | undefined {
    const pending = [...nodes];
    const done: PlanNode[] = [];
    let fetched = before;
    while (pending.length > 0) {
      const known = fetched;
      const orders = pending.map((node) => this.#order(node, known));
      const next = orders.findIndex((ordered) => ordered !== undefined);
      const ordered = orders[next];
      if (!ordered) return undefined;
      pending.splice(next, 1);
      done.push(ordered.node);
      fetched = ordered.fetched;
    }
    return { node: { kind: 'sequence', nodes: done }, fetched };
  }

  /** All at once, except what waits for another one of them. */
  #sideBySide(nodes: readonly PlanNode[], before: Places): Ordered | undefined {
    let pending = nodes;
    const stages: PlanNode[] = [];
    let fetched = before;
    while (pending.length > 0) {
      const known = fetched;
      const orders = new Map(pending.map((node) => [node, this.#order(node, known)]));
      const ready = [...orders.values()].filter((ordered) => ordered !== undefined);
      if (ready.length === 0) return undefined;
      pending = pending.filter((node) => orders.get(node) === undefined);
      stages.push({ kind: 'parallel', nodes: ready.map(({ node }) => node) });
      for (const ordered of ready) fetched = fetched.with(ordered.fetched);
    }
    const [only] = stages;
    return { node: stages.length === 1 && only ? only : { kind: 'sequence', nodes: stages }, fetched };
  }

  #withEntities({ subgraph, operation, groups }: EntityFetch, fetched: Places): Places {
    let all = fetched;
    for (const group of groups) {
      const brought = placesOfEntities(operation, group, this.#types, subgraph, this.#known, fetched);
      for (const path of group.paths) brought.rename(group.output, placeOf(path));
      all = all.with(brought);
    }
    return all;
  }
}

function placesOfFetch({ operation, subgraph, output }: RootFetch, known: SubgraphTypes): Places {
  const places = placesOfRoot(operation, known.of(subgraph));
  places.rename(output, '');
  return places;
}

function leavesOf(node: PlanNode, kind: 'root' | 'entities'): readonly PlanNode[] {
  if ('nodes' in node) return node.nodes.flatMap((inner) => leavesOf(inner, kind));
  return node.kind === kind ? [node] : [];
}

function hasRequired({ groups }: EntityFetch, fetched: Places): boolean {
  const isThere = (requirement: Requirement, place: string): boolean => {
    const inner = requirement.kind === 'field' ? `${place}.${requirement.from}` : place;
    if (requirement.kind === 'field' && requirement.from !== '__typename' && !fetched.has(inner)) return false;
    return requirement.requirements?.every((nested) => isThere(nested, inner)) ?? true;
  };
  return groups.every(({ paths, requirements }) =>
    paths.every((path) => requirements.every((requirement) => isThere(requirement, placeOf(path)))),
  );
}
