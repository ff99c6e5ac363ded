// Puts a plan's fetches into an order in which each finds what it requires: planners are known to send a fetch before the one that
// brings its key, which reads as a null nobody explains. A plan that cannot be ordered is refused.
import { type FragmentDefinitionNode, Kind, parse, type SelectionSetNode } from 'graphql';
import type { EntityFetch, PlanNode, PlanPath, QueryPlan, Requirement } from './plan.ts';

/** Places of the data that were fetched: `users.reviews.id`, whatever the types and indexes. */
type Fetched = ReadonlySet<string>;

interface Ordered {
  readonly node: PlanNode;
  readonly fetched: Fetched;
}

/** Throws when a fetch requires what no other one brings. */
export function inOrder({ stream, node }: QueryPlan): QueryPlan {
  if (!node) return { stream, node };
  const ordered = order(node, stream ? selectedBy(stream.operation, ['']) : new Set());
  if (!ordered) throw new TypeError('A fetch of the plan requires what no other one brings');
  return { stream, node: ordered.node };
}

/** Undefined when something in the node requires what is not fetched before. */
function order(node: PlanNode, fetched: Fetched): Ordered | undefined {
  switch (node.kind) {
    case 'root':
      return { node, fetched: new Set([...fetched, ...selectedBy(node.operation, [''])]) };
    case 'entities':
      return hasRequired(node, fetched) ? { node, fetched: new Set([...fetched, ...broughtBy(node)]) } : undefined;
    case 'sequence':
      return inSequence(node.nodes, fetched);
    default:
      return sideBySide(node.nodes, fetched);
  }
}

/** As the planner wrote it, except that what cannot run yet waits for what comes after. */
function inSequence(nodes: readonly PlanNode[], before: Fetched): Ordered | undefined {
  const pending = [...nodes];
  const done: PlanNode[] = [];
  let fetched = before;
  while (pending.length > 0) {
    const next = pending.findIndex((node) => order(node, fetched) !== undefined);
    const [node] = next === -1 ? [] : pending.splice(next, 1);
    const ordered = node && order(node, fetched);
    if (!ordered) return undefined;
    done.push(ordered.node);
    fetched = ordered.fetched;
  }
  return { node: { kind: 'sequence', nodes: done }, fetched };
}

/** All at once, except what waits for another one of them. */
function sideBySide(nodes: readonly PlanNode[], before: Fetched): Ordered | undefined {
  let pending = nodes;
  const stages: PlanNode[] = [];
  let fetched = before;
  while (pending.length > 0) {
    const known = fetched;
    const ready = pending.flatMap((node) => order(node, known) ?? []);
    if (ready.length === 0) return undefined;
    pending = pending.filter((node) => order(node, known) === undefined);
    stages.push({ kind: 'parallel', nodes: ready.map(({ node }) => node) });
    fetched = new Set([...known, ...ready.flatMap((ordered) => [...ordered.fetched])]);
  }
  const [only] = stages;
  return { node: stages.length === 1 && only ? only : { kind: 'sequence', nodes: stages }, fetched };
}

function hasRequired({ groups }: EntityFetch, fetched: Fetched): boolean {
  const isThere = (requirement: Requirement, place: string): boolean => {
    const inner = requirement.kind === 'field' ? `${place}.${requirement.from}` : place;
    if (requirement.kind === 'field' && requirement.from !== '__typename' && !fetched.has(inner)) return false;
    return requirement.requirements?.every((nested) => isThere(nested, inner)) ?? true;
  };
  return groups.every(({ paths, requirements }) =>
    paths.every((path) => requirements.every((requirement) => isThere(requirement, placeOf(path)))),
  );
}

function broughtBy({ operation, groups }: EntityFetch): string[] {
  return groups.flatMap(({ alias, paths, output }) => {
    const renamed = output.flatMap((rewrite) =>
      rewrite.kind === 'rename' ? paths.map((path) => `${placeOf(path)}.${rewrite.to}`) : [],
    );
    return [...selectedBy(operation, paths.map(placeOf), alias), ...renamed];
  });
}

/** Places an operation brings, below each of the given ones; of its root field `alias` only, where there is one. */
function selectedBy(text: string, below: readonly string[], alias?: string): Set<string> {
  const { definitions } = parse(text, { noLocation: true });
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const places = new Set<string>();
  const collect = ({ selections }: SelectionSetNode, place: string): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet, place);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments.get(selection.name.value);
        if (fragment) collect(fragment.selectionSet, place);
      } else {
        const inner = `${place}.${(selection.alias ?? selection.name).value}`;
        places.add(inner);
        if (selection.selectionSet) collect(selection.selectionSet, inner);
      }
    }
  };
  for (const definition of definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    for (const root of definition.selectionSet.selections) {
      const isWanted = root.kind === Kind.FIELD && (root.alias ?? root.name).value === alias;
      for (const place of below) {
        if (alias === undefined) collect({ ...definition.selectionSet, selections: [root] }, place);
        else if (isWanted && root.selectionSet) collect(root.selectionSet, place);
      }
    }
  }
  return places;
}

function placeOf(path: PlanPath): string {
  return path.flatMap((segment) => (segment.kind === 'key' ? [`.${segment.key}`] : [])).join('');
}
