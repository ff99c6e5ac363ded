// Runs a subscription's plan: the first fetch is a stream of the owning subgraph; for each of its events the rest of the plan
// joins what other subgraphs know, and the answer is shaped by the client's selection. Events are joined side by side and
// answered in order, so that a burst does not queue behind its slowest fetch.
import { executeQueryPlan } from '@apollo/gateway/dist/executeQueryPlan.js';
import { buildOperationContext } from '@apollo/gateway/dist/operationContext.js';
import type { PlanNode, QueryPlan, SubscriptionNode } from '@apollo/query-planner';
import type { ExecutionResult } from 'graphql';
import { mapStreamInOrder } from '#platform/messaging/stream.ts';
import type { OperationResult, SubgraphClient } from '../subgraph-client.ts';
import { completed } from './completion.ts';
import type { SubscriptionRequest } from './engine.ts';
import { fetchFrom, toGraphQLErrors } from './fetch.ts';
import type { Plans } from './plans.ts';

export interface SubscriptionRun {
  readonly node: SubscriptionNode;
  readonly request: SubscriptionRequest;
  readonly plans: Plans;
  readonly client: (name: string) => SubgraphClient;
}

/** Events whose rest of the plan runs at the same time, per subscription. */
const JOINED_AT_ONCE = 16;

export async function runSubscription(
  run: SubscriptionRun,
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const { primary } = run.node;
  const { context } = run.request;
  const stream = await run.client(primary.serviceName).subscribe({
    query: primary.operation,
    operationName: primary.operationName,
    variables: pick(run.request.variables, primary.variableUsages ?? []),
    principal: context.principal,
    traceparent: context.traceparent,
    forwarded: context.forwarded,
  });
  if (!(Symbol.asyncIterator in stream)) return { errors: toGraphQLErrors(stream.errors ?? []) };
  const answer = eventAnswerer(run);
  return mapStreamInOrder(stream, answer, JOINED_AT_ONCE);
}

function pick(variables: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => name in variables).map((name) => [name, variables[name]]));
}

type QueryPlanArguments = Parameters<typeof executeQueryPlan>;

function eventAnswerer({
  node,
  request,
  plans,
  client,
}: SubscriptionRun): (event: OperationResult) => Promise<ExecutionResult> {
  const first: PlanNode = { ...node.primary };
  const nodes = node.rest ? [first, node.rest] : [first];
  const plan: QueryPlan = { kind: 'QueryPlan', node: { kind: 'Sequence', nodes } };
  const operation = buildOperationContext({
    schema: plans.apiSchema,
    operationDocument: request.document,
    operationName: request.operationName ?? '',
  });
  return async (event) => {
    if (!event.data) {
      const errors = toGraphQLErrors(event.errors ?? []);
      // No data at all: the subscription was refused, there is no event.
      return event.data === undefined ? { errors } : { data: null, errors };
    }
    const services = servicesFor(event, node.primary.operation, request, client, plans.subgraphNames);
    const context = {
      request: { variables: request.variables },
      context: request.context,
    } as unknown as QueryPlanArguments[2];
    const result = await executeQueryPlan(
      plan,
      services,
      context,
      operation,
      plans.wholeSchema,
      plans.supergraph.apiSchema(),
    );
    return completed(result);
  };
}

/** The plan's data sources, where the first fetch is answered by the event itself. */
function servicesFor(
  event: OperationResult,
  primary: string,
  { context }: SubscriptionRequest,
  client: (name: string) => SubgraphClient,
  names: readonly string[],
): QueryPlanArguments[1] {
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        async process({ request: { query = '', variables } }) {
          const result = query === primary ? event : await fetchFrom(client(name), { query, variables, context });
          return { ...result };
        },
      },
    ]),
  );
}
