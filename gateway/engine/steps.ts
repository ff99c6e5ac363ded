// A plan as functions: what can run side by side does, a stage begins when the one before has ended, nothing is interpreted twice.
import { type GraphQLFormattedError, Kind, parse, type SelectionNode } from 'graphql';
import { Fault } from '#platform/errors/fault.ts';
import type { OperationResult, SubgraphClient } from '../subgraph-client.ts';
import { compileEntityFetch, type Step } from './entity-step.ts';
import { itself, mergeInto } from './merge.ts';
import type { PlanNode, QueryPlan, RootFetch } from './plan.ts';
import { compileRewrites, isObject } from './rewrites.ts';
import { malformed, type Run } from './run.ts';
import { Sharing } from './sharing.ts';
import type { TypeTable } from './types.ts';

export interface Steps {
  /** Brings all data; undefined when there is none to fetch. */
  readonly run: Step | undefined;
  readonly stream: Stream | undefined;
}

/** How a subscription begins. */
export interface Stream {
  readonly client: SubgraphClient;
  readonly fetch: RootFetch;
  /** Brings one event into the data. */
  readonly receive: (event: OperationResult, run: Run) => void;
}

export type ClientOf = (subgraph: string) => SubgraphClient;

export function compileSteps({ node, stream }: QueryPlan, clientOf: ClientOf, types: TypeTable): Steps {
  const sharing = new Sharing(node);
  const compile = (part: PlanNode): Step => {
    switch (part.kind) {
      case 'root':
        return compileRootFetch(part, clientOf(part.subgraph), types);
      case 'entities':
        return compileEntityFetch(part, clientOf(part.subgraph), types, sharing);
      case 'sequence':
        return inSequence(part.nodes.map(compile));
      default:
        return sideBySide(part.nodes.map(compile));
    }
  };
  return {
    run: node && compile(node),
    stream: stream && {
      client: clientOf(stream.subgraph),
      fetch: stream,
      receive: compileReceiver(stream, clientOf(stream.subgraph), types),
    },
  };
}

function inSequence(steps: readonly Step[]): Step {
  return async (run) => {
    for (const step of steps) {
      const working = step(run);
      if (working) await working;
    }
  };
}

function sideBySide(steps: readonly Step[]): Step {
  return (run) => {
    const working = steps.flatMap((step) => step(run) ?? []);
    if (working.length <= 1) return working[0];
    return Promise.all(working).then(() => undefined);
  };
}

function compileRootFetch(fetch: RootFetch, client: SubgraphClient, types: TypeTable): Step {
  const receive = compileReceiver(fetch, client, types);
  const keys = rootKeys(fetch.operation);
  return async (run) => {
    // What was read before a mutation is not true after it.
    if (fetch.mutation) run.entities.clear();
    try {
      receive(await run.ask(client, fetch.operation, run.pick(fetch.variables)), run);
    } catch (error) {
      for (const key of keys) run.failures.unfetched(error as Error, [[key]]);
    }
  };
}

function compileReceiver(
  fetch: RootFetch,
  client: SubgraphClient,
  types: TypeTable,
): (answer: OperationResult, run: Run) => void {
  const rewrite = compileRewrites(fetch.output, types);
  const keys = rootKeys(fetch.operation);
  return ({ data, errors }, run) => {
    const complete = isObject(data) && keys.every((key) => data[key] !== undefined);
    if (complete) {
      rewrite?.(data);
      mergeInto(run.data, data, itself, types);
    } else if (data === undefined && errors?.length && errors.every(isInput)) run.refused = true;
    // After the data: where clients see an error depends on the types of what is there.
    for (const error of errors ?? []) run.failures.told(error, error.path);
    // A key that is not there would read as a null nobody explains.
    if (isObject(data) && !complete) throw malformed(client, 'not all that was asked for');
  };
}

/** A mistake of the client, and no failure of the subgraph: only then is the whole operation refused. */
const isInput = ({ extensions }: GraphQLFormattedError): boolean => extensions?.code === 'BAD_USER_INPUT';

/** Response keys of an operation's root fields; the root's own name is the gateway's to tell, and no place of a failure. */
function rootKeys(operation: string): readonly string[] {
  const { definitions } = parse(operation, { noLocation: true });
  const keys = (selections: readonly SelectionNode[]): string[] =>
    selections.flatMap((selection) => {
      if (selection.kind === Kind.FIELD) return [(selection.alias ?? selection.name).value];
      if (selection.kind === Kind.INLINE_FRAGMENT) return keys(selection.selectionSet.selections);
      const fragment = definitions.find(
        (definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value,
      );
      return fragment?.kind === Kind.FRAGMENT_DEFINITION ? keys(fragment.selectionSet.selections) : [];
    });
  return definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION
      ? keys(definition.selectionSet.selections).filter((key) => key !== '__typename')
      : [],
  );
}

export function clientTable(clients: readonly SubgraphClient[]): ClientOf {
  const table = new Map(clients.map((client) => [client.name, client]));
  return (name) => {
    const client = table.get(name);
    if (!client) throw new Fault('SUBGRAPH_UNAVAILABLE', `The subgraph ${name} is not connected`);
    return client;
  };
}
