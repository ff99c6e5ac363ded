// The plans of the Hive router's planner in this engine's terms.
import type {
  EntityBatchAlias,
  FetchNode,
  FetchNodePathSegment,
  FetchRewrite,
  FlattenNodePathSegment,
  PlanNode as HiveNode,
  QueryPlan as HivePlan,
  RequiresSelection,
} from '@graphql-hive/router-query-planner';
import type {
  EntityFetch,
  EntityGroup,
  PathSegment,
  PlanNode,
  PlanPath,
  QueryPlan,
  Requirement,
  Rewrite,
  RewritePath,
  RootFetch,
} from './plan.ts';

export function translatePlan({ node }: HivePlan): QueryPlan {
  return node ? translate(node) : { stream: undefined, node: undefined };
}

function translate(node: HiveNode): QueryPlan {
  if (node.kind === 'Subscription') return { stream: rootFetch(node.primary), node: undefined };
  if (node.kind === 'Sequence' && node.nodes[0]?.kind === 'Subscription') {
    const rest = node.nodes.slice(1).map(planNode);
    return {
      stream: rootFetch(node.nodes[0].primary),
      node: rest.length === 0 ? undefined : { kind: 'sequence', nodes: rest },
    };
  }
  return { stream: undefined, node: planNode(node) };
}

function planNode(node: HiveNode): PlanNode {
  switch (node.kind) {
    case 'Sequence':
      return { kind: 'sequence', nodes: node.nodes.map(planNode) };
    case 'Parallel':
      return { kind: 'parallel', nodes: node.nodes.map(planNode) };
    case 'Fetch':
      return rootFetch(node);
    case 'Flatten':
      if (node.node.kind === 'Fetch') return entityFetch(node.node, planPath(node.path));
      break;
    case 'BatchFetch':
      return {
        kind: 'entities',
        subgraph: node.serviceName,
        operation: node.operation,
        variables: node.variableUsages ?? [],
        groups: node.entityBatch.aliases.map(entityGroup),
      };
    default:
  }
  throw new TypeError(`The planner answered a ${node.kind} node where none was expected`);
}

function rootFetch(fetch: Omit<FetchNode, 'kind'>): RootFetch {
  if (fetch.requires || fetch.inputRewrites?.length) throw new TypeError('A fetch of root fields requires nothing');
  return {
    kind: 'root',
    subgraph: fetch.serviceName,
    operation: fetch.operation,
    variables: fetch.variableUsages ?? [],
    mutation: fetch.operationKind === 'mutation',
    output: (fetch.outputRewrites ?? []).map(rewrite),
  };
}

function entityFetch(fetch: FetchNode, path: PlanPath): EntityFetch {
  if (!fetch.requires) throw new TypeError('A fetch below the root requires a key');
  const group: EntityGroup = {
    alias: '_entities',
    variable: 'representations',
    paths: [path],
    requirements: fetch.requires.map(requirement),
    input: (fetch.inputRewrites ?? []).map(rewrite),
    output: (fetch.outputRewrites ?? []).map(rewrite),
  };
  return {
    kind: 'entities',
    subgraph: fetch.serviceName,
    operation: fetch.operation,
    variables: fetch.variableUsages ?? [],
    groups: [group],
  };
}

function entityGroup(alias: EntityBatchAlias): EntityGroup {
  return {
    alias: alias.alias,
    variable: alias.representationsVariableName,
    paths: alias.paths.map(planPath),
    requirements: alias.requires.map(requirement),
    input: (alias.inputRewrites ?? []).map(rewrite),
    output: (alias.outputRewrites ?? []).map(rewrite),
  };
}

function planPath(path: readonly FlattenNodePathSegment[]): PlanPath {
  return path.map((segment): PathSegment => {
    if (segment === '@') return { kind: 'elements' };
    return 'Field' in segment ? { kind: 'key', key: segment.Field } : { kind: 'types', types: segment.TypeCondition };
  });
}

function requirement(selection: RequiresSelection): Requirement {
  switch (selection.kind) {
    case 'Field':
      return {
        kind: 'field',
        // The planner writes the key in the data as the name, and the subgraph's name as the alias.
        from: selection.name,
        to: selection.alias ?? selection.name,
        requirements: selection.selections?.map(requirement),
      };
    case 'InlineFragment':
      return { kind: 'type', type: selection.typeCondition, requirements: selection.selections.map(requirement) };
    default:
      throw new TypeError('The planner answered a named fragment in a requirement');
  }
}

function rewrite(given: FetchRewrite): Rewrite {
  if ('KeyRenamer' in given) {
    const { path, key } = rewritePath(given.KeyRenamer.path);
    return { kind: 'rename', path, key, to: given.KeyRenamer.renameKeyTo };
  }
  const setter = 'ValueSetter' in given ? given.ValueSetter : given;
  return { kind: 'set', ...rewritePath(setter.path), value: setter.setValueTo };
}

function rewritePath(segments: readonly FetchNodePathSegment[]): { path: RewritePath; key: string } {
  const last = segments.at(-1);
  if (!last || !('Key' in last)) throw new TypeError('A rewrite ends at a key');
  const path = segments
    .slice(0, -1)
    .map((segment) =>
      'Key' in segment
        ? ({ kind: 'key', key: segment.Key } as const)
        : ({ kind: 'types', types: segment.TypenameEquals } as const),
    );
  return { path, key: last.Key };
}
