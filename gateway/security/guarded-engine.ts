// Judges each operation before an engine sees it: what it costs, whether its client has the budget, whether it may be sent at all. What
// judging needs is found once per operation; per request a known one takes some microseconds, and waits for nothing but Redis.
import {
  type DocumentNode,
  type ExecutionResult,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  parse,
  valueFromASTUntyped,
} from 'graphql';
import { parsePrincipal } from '#platform/auth/principal.ts';
import type { Redis } from '#platform/cache/redis.ts';
import { traceIdOf } from '#platform/telemetry/trace.ts';
import type { EngineRequest, QueryEngine, SubscriptionRequest } from '../engine/engine.ts';
import { Lru, MOST_TEXT } from '../engine/lru.ts';
import { TRACE } from '../http/errors.ts';
import type { GatewayContext } from '../subgraph-client.ts';
import { amountUnder, type Variables } from './amount.ts';
import { ClientBudgets } from './client-budget.ts';
import { CostSchema } from './cost-schema.ts';
import { type Introspection, introspects, mayIntrospect, messageFor, setIntrospection } from './introspection.ts';
import { type Limits, limitsOf } from './limit-settings.ts';
import { setSizeLimits } from './limits.ts';
import { UnclearSize } from './list-sizes.ts';
import { ObjectRates, type Touch } from './object-rates.ts';
import { type OperationCost, operationCost } from './operation-cost.ts';
import { rateLimited, refusal, tooExpensive } from './refusals.ts';
import { TrustedDocuments } from './trusted-documents.ts';
import { variableExcess } from './variable-size.ts';

/** What is found once per operation. */
interface Known {
  readonly cost: OperationCost;
  readonly touches: readonly Touch[];
  readonly introspects: boolean;
  readonly isTrusted: boolean;
  /** Of variables that may be left out; undefined when there are none. */
  readonly defaults: Variables | undefined;
}

type Verdict = GraphQLError | undefined;

export interface GuardOptions {
  readonly limits: Limits;
  readonly introspection: Introspection;
  readonly trusted: TrustedDocuments;
  readonly redis: Redis | undefined;
}

/** Of a foreign supergraph: the usual bounds of one operation, and nothing that depends on what it means. */
export const NO_LIMITS: GuardOptions = {
  limits: limitsOf({}),
  introspection: 'open',
  trusted: new TrustedDocuments(),
  redis: undefined,
};

/** What outlives a supergraph: budgets and counters. */
export class Guard {
  readonly options: GuardOptions;
  readonly budgets: ClientBudgets;
  readonly rates: ObjectRates;

  constructor(options: GuardOptions) {
    this.options = options;
    this.budgets = new ClientBudgets(options.limits.clients, options.redis);
    this.rates = new ObjectRates(options.limits.objects, options.redis);
  }

  wrap(engine: QueryEngine, supergraphSdl: string): QueryEngine {
    setSizeLimits(engine.apiSchema, this.options.limits);
    setIntrospection(engine.apiSchema, this.options.introspection);
    const supergraph = parse(supergraphSdl, { noLocation: true });
    const { leafCost } = this.options.limits;
    return new GuardedEngine(this, engine, new CostSchema(supergraph, engine.apiSchema, leafCost));
  }
}

const MOST_KNOWN = 2_000;

class GuardedEngine implements QueryEngine {
  readonly apiSchema: GraphQLSchema;
  readonly #guard: Guard;
  readonly #engine: QueryEngine;
  readonly #costs: CostSchema;
  readonly #known = new Lru<string, Known>(MOST_KNOWN, MOST_TEXT);

  constructor(guard: Guard, engine: QueryEngine, costs: CostSchema) {
    this.#guard = guard;
    this.#engine = engine;
    this.#costs = costs;
    this.apiSchema = engine.apiSchema;
  }

  execute(request: EngineRequest): Promise<ExecutionResult> {
    const { operation, document, source, operationName, context } = request;
    // The engine says what is wrong with it.
    if (!operation) return this.#engine.execute(request);
    const known = this.#knownOf(source, operationName, { document, operation });
    return this.#judged(known, request.request.variables ?? {}, context, () => this.#engine.execute(request));
  }

  subscribe(request: SubscriptionRequest): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    const { document, source, sent = source, operationName, variables, context } = request;
    const operation = getOperationAST(document, operationName);
    if (!operation) return this.#engine.subscribe(request);
    const known = this.#knownOf(sent, operationName, { document, operation });
    return this.#judged(known, variables, context, () => this.#engine.subscribe(request));
  }

  stop(): Promise<void> {
    return this.#engine.stop();
  }

  #judged<T>(known: Known, variables: Variables, context: GatewayContext, run: () => Promise<T>) {
    const verdict = this.#judge(known, variables, context);
    const told = () =>
      run().then(
        (result) => this.#told(result, context),
        (error: unknown) => traced(error, context),
      );
    if (verdict === undefined) return told();
    const answer = async (refused: Verdict) => (refused ? { errors: [refused] } : told());
    return verdict instanceof Promise ? verdict.then(answer) : answer(verdict);
  }

  /** Errors find their way back to this request. */
  #told<T>(result: T | ExecutionResult, context: GatewayContext): T | ExecutionResult {
    if (typeof result !== 'object' || result === null || !('errors' in result) || !result.errors) return result;
    for (const { extensions } of result.errors) extensions[TRACE] ??= traceIdOf(context.traceparent);
    return { ...result, errors: result.errors.map((error) => this.#withMessage(error, context)) };
  }

  #withMessage(error: GraphQLError, context: GatewayContext): GraphQLError {
    const message = messageFor(this.apiSchema, context, error.message);
    if (message === error.message) return error;
    const { path, originalError, extensions } = error;
    return new GraphQLError(message, { path, originalError, extensions });
  }

  #judge(known: Known, given: Variables, context: GatewayContext): Verdict | Promise<Verdict> {
    const principal = parsePrincipal(context.principal);
    const { limits, introspection } = this.#guard.options;
    const { cost: most, trustedOnly } = this.#guard.budgets.limitsOf(principal);
    if (trustedOnly && !known.isTrusted) {
      const message = 'This client may send trusted documents only, by `documentId`';
      return refusal('DOCUMENT_NOT_TRUSTED', message, { status: 403 });
    }
    if (known.introspects && !mayIntrospect(introspection, principal)) {
      return refusal('INTROSPECTION_DISABLED', 'The schema is not told here to who is not entitled', { status: 403 });
    }
    const excess = variableExcess(given, limits);
    if (excess !== undefined) return refusal('BAD_USER_INPUT', excess, { status: 400 });
    const variables = known.defaults ? { ...known.defaults, ...given } : given;
    let cost: number;
    try {
      cost = amountUnder(known.cost.cost, variables);
    } catch (error) {
      if (!(error instanceof UnclearSize)) throw error;
      return refusal('COST_ESTIMATED_TOO_EXPENSIVE', `How much is asked for is not clear: ${error.message}`, {
        status: 400,
      });
    }
    if (most !== undefined && cost > most) return tooExpensive(cost, most, known.cost.heaviest(variables));
    const taken = this.#guard.budgets.take(principal, context.address, cost);
    if (typeof taken === 'number') return overBudget(taken) ?? this.#count(known, variables);
    return taken.then((waitMs) => overBudget(waitMs) ?? this.#count(known, variables));
  }

  #count({ touches }: Known, variables: Variables): Verdict | Promise<Verdict> {
    if (touches.length === 0) return undefined;
    return this.#guard.rates
      .count(touches, variables)
      .then(
        (refused) =>
          refused && rateLimited(`${refused.field} came too often for ${refused.object}`, refused.retryAfterMs),
      );
  }

  #knownOf(
    source: string,
    operationName: string | null,
    { document, operation }: { readonly document: DocumentNode; readonly operation: OperationDefinitionNode },
  ): Known {
    const key = operationName === null ? source : `${operationName}\n${source}`;
    const known = this.#known.get(key);
    if (known) return known;
    const fragments = new Map(document.definitions.flatMap(named));
    const { limits, trusted } = this.#guard.options;
    const found = {
      cost: operationCost(this.#costs, operation, fragments, limits.assumedListSize),
      touches: this.#guard.rates.touches(operation, fragments),
      introspects: introspects(operation, fragments),
      isTrusted: trusted.has(source),
      defaults: defaultsOf(operation),
    };
    this.#known.set(key, found, key.length);
    return found;
  }
}

/** What was thrown, with the trace of the request it was thrown for. */
function traced(error: unknown, { traceparent }: GatewayContext): never {
  const originalError = error instanceof Error ? error : new Error(String(error));
  if (originalError instanceof GraphQLError) throw originalError;
  throw new GraphQLError(originalError.message, { originalError, extensions: { [TRACE]: traceIdOf(traceparent) } });
}

function overBudget(waitMs: number): Verdict {
  return waitMs > 0 ? rateLimited('The client has used up its budget', waitMs) : undefined;
}

function named(node: DocumentNode['definitions'][number]): readonly [string, FragmentDefinitionNode][] {
  return node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [];
}

function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Variables | undefined {
  const defaults = variableDefinitions.flatMap(({ variable, defaultValue }) =>
    defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)] as const] : [],
  );
  return defaults.length === 0 ? undefined : Object.fromEntries(defaults);
}
