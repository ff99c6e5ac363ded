// The reference engine: @apollo/gateway runs the plans. What a single subgraph can answer alone goes there as the client wrote it,
// and subscriptions, which @apollo/gateway refuses, run their plan's first fetch as a stream and the rest once per event.
import { ApolloGateway } from '@apollo/gateway';
import { type ExecutionResult, GraphQLError, type GraphQLSchema, parse } from 'graphql';
import { Fault } from '#platform/errors/fault.ts';
import { abandoned } from '../departure.ts';
import type { GatewayContext, SubgraphClient } from '../subgraph-client.ts';
import { stripSecurity } from '../supergraph/strip-security.ts';
import { buildApiSchema } from './api-schema.ts';
import { Authorization } from './authorization.ts';
import { completed } from './completion.ts';
import type { EngineRequest, QueryEngine, SubscriptionRequest } from './engine.ts';
import { fetchFrom, toGraphQLErrors } from './fetch.ts';
import { OperationGate } from './operation-gate.ts';
import { Plans } from './plans.ts';
import { runSubscription } from './subscription-plan.ts';
import { unfitForRequest } from './unfit.ts';

type Executor = NonNullable<Awaited<ReturnType<ApolloGateway['load']>>['executor']>;
type ExecutorRequest = Parameters<Executor>[0];

class ApolloEngine implements QueryEngine {
  readonly apiSchema: GraphQLSchema;
  readonly #gateway: ApolloGateway;
  readonly #executor: Executor;
  readonly #plans: Plans;
  readonly #clients: ReadonlyMap<string, SubgraphClient>;
  /** @apollo/gateway enforces nothing: what may not be seen whole is not run. */
  readonly #gate: OperationGate;

  constructor(
    gateway: ApolloGateway,
    executor: Executor,
    plans: Plans,
    clients: ReadonlyMap<string, SubgraphClient>,
    gate: OperationGate,
  ) {
    this.#gate = gate;
    this.#gateway = gateway;
    this.#executor = executor;
    this.#plans = plans;
    this.#clients = clients;
    this.apiSchema = plans.apiSchema;
  }

  async execute(given: EngineRequest): Promise<ExecutionResult> {
    // A mutation goes on without its client.
    const isQuery = given.operation?.operation === 'query';
    const request = isQuery ? given : { ...given, context: { ...given.context, signal: undefined } };
    const unfit = unfitForRequest(request);
    if (unfit) return { errors: [unfit] };
    const denied = this.#gate.refusalOf(request);
    if (denied) return { errors: denied };
    const { wholly } = this.#plans.prepare(request.source, request.document, request.operationName);
    if (wholly !== undefined) return this.#passThrough(wholly, request);
    const result = await this.#executor(request as unknown as ExecutorRequest);
    if (request.context.signal?.aborted) throw abandoned();
    const told = result.extensions?.valueCompletion ? completed(result) : result;
    return told.errors ? { ...told, errors: told.errors.map(asGraphQLError) } : told;
  }

  async #passThrough(subgraph: string, request: EngineRequest): Promise<ExecutionResult> {
    const { context } = request;
    const result = await this.#client(subgraph).execute({
      query: request.source,
      variables: request.request.variables,
      operationName: request.operationName ?? undefined,
      principal: context.principal,
      traceparent: context.traceparent,
      forwarded: context.forwarded,
      signal: context.signal,
    });
    if (!result.errors) return result as ExecutionResult;
    const errors = toGraphQLErrors(result.errors);
    return result.data === undefined ? { errors } : { data: result.data, errors };
  }

  async subscribe(request: SubscriptionRequest): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    const denied = this.#gate.refusalOf(request);
    if (denied) return { errors: denied };
    const { plan } = this.#plans.prepare(request.source, request.document, request.operationName);
    const node = plan.node;
    if (node?.kind !== 'Subscription') throw new TypeError('the plan of a subscription has no stream to begin with');
    return runSubscription({ node, request, plans: this.#plans, client: (name) => this.#client(name) });
  }

  #client(name: string): SubgraphClient {
    const client = this.#clients.get(name);
    if (!client) throw new Fault('SUBGRAPH_UNAVAILABLE', `The subgraph ${name} is not connected`);
    return client;
  }

  async stop(): Promise<void> {
    await this.#gateway.stop();
  }
}

/** @apollo/gateway tells what a subgraph's client threw as it was thrown. */
function asGraphQLError(error: Error): GraphQLError {
  return error instanceof GraphQLError ? error : new GraphQLError(error.message, { originalError: error });
}

export async function createApolloEngine(
  supergraphSdl: string,
  subgraphs: readonly SubgraphClient[],
): Promise<QueryEngine> {
  const clients = new Map(subgraphs.map((client) => [client.name, client]));
  const supergraph = parse(supergraphSdl, { noLocation: true });
  // First of all: without it nothing is served.
  const gate = new OperationGate(new Authorization(supergraph, buildApiSchema(supergraph), 'reject'));
  const gateway = new ApolloGateway({
    supergraphSdl: stripSecurity(supergraphSdl),
    buildService: ({ name }) => ({
      async process({ request, context }) {
        const client = clients.get(name);
        if (!client) throw new Fault('SUBGRAPH_UNAVAILABLE', `The subgraph ${name} is not connected`);
        const { query = '', variables } = request;
        const result = await fetchFrom(client, { query, variables, context: context as unknown as GatewayContext });
        return { ...result };
      },
    }),
  });
  const { executor } = await gateway.load({ apollo: {} });
  if (!executor) throw new TypeError('@apollo/gateway gave no executor');
  return new ApolloEngine(gateway, executor, new Plans(supergraphSdl), clients, gate);
}
