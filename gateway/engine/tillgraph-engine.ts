// Our own engine: operations are planned and compiled once, then only run. No field of an answer is interpreted per request.
import { type DocumentNode, type ExecutionResult, type GraphQLSchema, parse } from 'graphql';
import { mapStreamInOrder } from '#platform/messaging/stream.ts';
import { abandoned } from '../departure.ts';
import type { GatewayContext, OperationResult, SubgraphClient } from '../subgraph-client.ts';
import { buildApiSchema } from './api-schema.ts';
import { Authorization, type AuthorizationMode } from './authorization.ts';
import { type EngineRequest, JsonText, type QueryEngine, type SubscriptionRequest } from './engine.ts';
import type { Planner } from './plan.ts';
import { createPlanner } from './planner.ts';
import { Preparations, type Variables, type Variant } from './preparation.ts';
import { Run } from './run.ts';
import { clientTable } from './steps.ts';
import { TypeTable } from './types.ts';
import { unfitForRequest } from './unfit.ts';

/** Events whose rest of the plan runs at the same time, per subscription. */
const JOINED_AT_ONCE = 16;

class TillgraphEngine implements QueryEngine {
  readonly apiSchema: GraphQLSchema;
  readonly #preparations: Preparations;
  readonly #planner: Planner;

  constructor(
    supergraph: DocumentNode,
    planner: Planner,
    subgraphs: readonly SubgraphClient[],
    mode: AuthorizationMode,
  ) {
    this.#planner = planner;
    this.apiSchema = buildApiSchema(supergraph);
    const authorization = new Authorization(supergraph, this.apiSchema, mode);
    const schemas = { api: this.apiSchema, types: new TypeTable(supergraph) };
    this.#preparations = new Preparations(schemas, planner, clientTable(subgraphs), authorization);
  }

  async execute(request: EngineRequest): Promise<ExecutionResult> {
    const unfit = unfitForRequest(request);
    if (unfit) return { errors: [unfit] };
    const ready = this.#ready(request, request.request.variables ?? {}, request.context);
    if ('errors' in ready) return ready;
    const { variables } = ready;
    // Nothing is awaited for an operation that is known.
    const variant = ready.variant instanceof Promise ? await ready.variant : ready.variant;
    if (variant.isRefused) return { errors: variant.denials?.refusal() ?? [] };
    const run = new Run(variant.selection, variables, request.context);
    await variant.steps.run?.(run);
    if (run.isAbandoned) throw abandoned();
    return answer(variant, run);
  }

  async subscribe(request: SubscriptionRequest): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    const ready = this.#ready(request, request.variables, request.context);
    if ('errors' in ready) return ready;
    const { variables } = ready;
    const variant = await ready.variant;
    // Without its root field there is nothing to follow.
    if (variant.isRefused || variant.denials?.touches(false)) return { errors: variant.denials?.refusal() ?? [] };
    const { stream } = variant.steps;
    if (!stream) throw new TypeError('the plan of a subscription has no stream to begin with');
    const { principal, traceparent, forwarded } = request.context;
    const query = stream.fetch.operation;
    const asked = {
      query,
      variables: new Run(variant.selection, variables, request.context).pick(stream.fetch.variables),
    };
    const events = await stream.client.subscribe({ ...asked, principal, traceparent, forwarded });
    if (!(Symbol.asyncIterator in events)) {
      const run = new Run(variant.selection, variables, request.context);
      for (const error of events.errors ?? []) run.failures.told(error, undefined);
      return { errors: run.failures.errors };
    }
    return mapStreamInOrder(events, (event) => answerEvent(variant, variables, request.context, event), JOINED_AT_ONCE);
  }

  #ready(
    text: Parameters<Preparations['prepare']>[0],
    given: Variables,
    { principal }: GatewayContext,
  ):
    | { readonly variant: Variant | Promise<Variant>; readonly variables: Variables }
    | Required<Pick<ExecutionResult, 'errors'>> {
    const preparation = this.#preparations.prepare(text);
    if (!('id' in preparation)) return { errors: preparation };
    const variables = this.#preparations.coerce(preparation, given);
    if ('errors' in variables) return variables;
    return {
      variant: this.#preparations.variant(preparation, variables.coerced, principal),
      variables: variables.coerced,
    };
  }

  async stop(): Promise<void> {
    // Subgraphs are closed by whoever opened them.
    await this.#planner.stop();
  }
}

/** One event: the stream's own data, then the rest of the plan. */
async function answerEvent(
  variant: Variant,
  variables: Variables,
  context: GatewayContext,
  event: OperationResult,
): Promise<ExecutionResult> {
  const run = new Run(variant.selection, variables, context);
  variant.steps.stream?.receive(event, run);
  await variant.steps.run?.(run);
  return answer(variant, run);
}

function answer(variant: Variant, run: Run): ExecutionResult {
  const { errors } = run.failures;
  const denied = variant.denials?.errors() ?? [];
  if (run.refused && Object.keys(run.data).length === 0) return { errors: [...denied, ...errors] };
  // Writing comes first: it finds the nulls that may not be.
  const data = new JsonText(variant.write(run.data, { run, path: [], depth: 0 })) as unknown as Record<string, unknown>;
  const told = denied.length === 0 ? errors : [...denied, ...errors];
  return told.length === 0 ? { data } : { data, errors: told };
}

/** Rejects with ENGINE_UNAVAILABLE where the planner was not built for this platform. */
export async function createTillgraphEngine(
  supergraphSdl: string,
  subgraphs: readonly SubgraphClient[],
  mode: AuthorizationMode = 'null',
): Promise<QueryEngine> {
  const supergraph = parse(supergraphSdl, { noLocation: true });
  const planner = await createPlanner(supergraph);
  try {
    return new TillgraphEngine(supergraph, planner, subgraphs, mode);
  } catch (error) {
    // A supergraph that is refused leaves no planner's process behind.
    await planner.stop();
    throw error;
  }
}
