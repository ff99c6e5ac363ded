// Apollo's planner, for what the other one fails at; its plans in this engine's terms.
import { operationFromDocument, ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph } from '@apollo/federation-internals';
import {
  type PlanNode as ApolloNode,
  type FetchNode,
  QueryPlanner,
  type QueryPlanSelectionNode,
} from '@apollo/query-planner';
import { parse } from 'graphql';
import type {
  PathSegment,
  PlanNode,
  Planner,
  PlanPath,
  QueryPlan,
  Requirement,
  Rewrite,
  RewritePath,
  RootFetch,
} from './plan.ts';

type FetchRewrite = NonNullable<FetchNode['inputRewrites']>[number];

export function createApolloPlanner(supergraphSdl: string): Planner {
  const supergraph = Supergraph.build(supergraphSdl, {
    supportedFeatures: ROUTER_SUPPORTED_SUPERGRAPH_FEATURES,
    // With stand-ins for requirements, fields that were required may be @external for nothing: no matter here.
    validateSupergraph: false,
  });
  const planner = new QueryPlanner(supergraph);
  return {
    async plan(operation) {
      const { node } = planner.buildQueryPlan(operationFromDocument(supergraph.apiSchema(), parse(operation)));
      return node ? translate(node) : { stream: undefined, node: undefined };
    },
    stop: () => Promise.resolve(),
  };
}

function translate(node: NonNullable<ReturnType<QueryPlanner['buildQueryPlan']>['node']>): QueryPlan {
  if (node.kind !== 'Subscription') return { stream: undefined, node: planNode(node) };
  return { stream: rootFetch(node.primary), node: node.rest && planNode(node.rest) };
}

function planNode(node: ApolloNode): PlanNode {
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
    default:
  }
  throw new TypeError(`The planner answered a ${node.kind} node where none was expected`);
}

function rootFetch(fetch: FetchNode): RootFetch {
  return {
    kind: 'root',
    subgraph: fetch.serviceName,
    operation: fetch.operation,
    variables: fetch.variableUsages ?? [],
    mutation: fetch.operationKind === 'mutation',
    output: (fetch.outputRewrites ?? []).map(rewrite),
  };
}

function entityFetch(fetch: FetchNode, path: PlanPath): PlanNode {
  return {
    kind: 'entities',
    subgraph: fetch.serviceName,
    operation: fetch.operation,
    variables: fetch.variableUsages ?? [],
    groups: [
      {
        alias: '_entities',
        variable: 'representations',
        paths: [path],
        requirements: (fetch.requires ?? []).map(requirement),
        input: (fetch.inputRewrites ?? []).map(rewrite),
        output: (fetch.outputRewrites ?? []).map(rewrite),
      },
    ],
  };
}

function planPath(path: readonly (string | number)[]): PlanPath {
  return path.map((part): PathSegment => {
    return part === '@' ? { kind: 'elements' } : { kind: 'key', key: String(part) };
  });
}

function requirement(selection: QueryPlanSelectionNode): Requirement {
  if (selection.kind === 'InlineFragment') {
    if (selection.typeCondition === undefined) throw new TypeError('The planner answered a fragment of no type');
    return { kind: 'type', type: selection.typeCondition, requirements: selection.selections.map(requirement) };
  }
  const from = selection.alias ?? selection.name;
  return { kind: 'field', from, to: from, requirements: selection.selections?.map(requirement) };
}

const FRAGMENT = '... on ';

function rewrite(given: FetchRewrite): Rewrite {
  const key = given.path.at(-1);
  if (key === undefined || key.startsWith(FRAGMENT)) throw new TypeError('A rewrite ends at a key');
  const path: RewritePath = given.path
    .slice(0, -1)
    .map((part) =>
      part.startsWith(FRAGMENT)
        ? ({ kind: 'types', types: [part.slice(FRAGMENT.length)] } as const)
        : ({ kind: 'key', key: part } as const),
    );
  return given.kind === 'ValueSetter'
    ? { kind: 'set', path, key, value: given.setValueTo }
    : { kind: 'rename', path, key, to: given.renameKeyTo };
}
