// What is done once per operation text: parsed and validated, then for each decision of its @skip and @include planned and
// compiled. Bounded: what was not used for longest is forgotten.
import { createHash } from 'node:crypto';
import { type DocumentNode, GraphQLError, getOperationAST, getVariableValues, Kind, parse, validate } from 'graphql';
import { Fault } from '#platform/errors/fault.ts';
import type { RuleIds } from './access-rules.ts';
import type { Authorization } from './authorization.ts';
import { conditionVariables, includedUnder } from './conditions.ts';
import { DataKeys } from './data-keys.ts';
import type { Denials } from './denials.ts';
import { Lru, MOST_TEXT } from './lru.ts';
import type { Planner } from './plan.ts';
import type { Selection } from './selection.ts';
import { type ClientOf, compileSteps, type Steps } from './steps.ts';
import { type IsIncluded, type Operation, plannedText, type Schemas } from './variant.ts';
import { compileWriter, type WriteData } from './writer.ts';

export interface OperationText {
  readonly source: string;
  readonly operationName: string | null;
  /** The text parsed and validated, where somebody did that already. */
  readonly document?: DocumentNode;
}

/** A valid operation; what is planned and compiled depends on its condition variables, and on what its caller may see. */
export interface Preparation {
  readonly id: number;
  /** The text. */
  readonly source: string;
  readonly operation: Operation;
  readonly conditions: readonly string[];
  readonly rules: RuleIds;
}

/** Ready to run. */
export interface Variant {
  readonly selection: Selection;
  readonly steps: Steps;
  readonly write: WriteData;
  /** What its callers may not see. */
  readonly denials: Denials | undefined;
  /** Not run at all: there is something among it that its callers may not see. */
  readonly isRefused: boolean;
}

export type Variables = Readonly<Record<string, unknown>>;

const MOST_PREPARED = 2_000;
const MOST_MISFITS = 20;
const NOTHING: Steps = { run: undefined, stream: undefined };

export class Preparations {
  readonly #schemas: Schemas;
  readonly #planner: Planner;
  readonly #clientOf: ClientOf;
  readonly #authorization: Authorization;
  readonly #prepared = new Lru<string, Preparation>(MOST_PREPARED, MOST_TEXT);
  readonly #variants = new Lru<string, Variant>(MOST_PREPARED, MOST_TEXT);
  /** What is asked for again while it is being planned waits for the same plan. */
  readonly #planning = new Map<string, Promise<Variant>>();
  #lastId = 0;

  constructor(schemas: Schemas, planner: Planner, clientOf: ClientOf, authorization: Authorization) {
    this.#schemas = schemas;
    this.#planner = planner;
    this.#clientOf = clientOf;
    this.#authorization = authorization;
  }

  /** Or why the text is no operation that can run. */
  prepare(text: OperationText): Preparation | readonly GraphQLError[] {
    const key = text.operationName === null ? text.source : `${text.operationName}\n${text.source}`;
    const known = this.#prepared.get(key);
    if (known) return known;
    const document = text.document ?? this.#parse(text.source);
    if (!('kind' in document)) return document;
    const definition = getOperationAST(document, text.operationName);
    if (!definition) return [refusal('The document has no such operation', 'OPERATION_RESOLUTION_FAILURE')];
    const fragments = new Map(
      document.definitions.flatMap((node) =>
        node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [],
      ),
    );
    const operation = { definition, fragments, keys: new DataKeys() };
    this.#lastId += 1;
    const preparation = {
      id: this.#lastId,
      operation,
      conditions: conditionVariables(operation),
      rules: this.#authorization.rulesOf(operation),
      source: text.source,
    };
    this.#prepared.set(key, preparation, text.source.length);
    return preparation;
  }

  /** The variables as the operation declares them; or which do not fit and why. */
  coerce({ operation }: Preparation, given: Variables): { coerced: Variables } | { errors: readonly GraphQLError[] } {
    const definitions = operation.definition.variableDefinitions;
    if (!definitions || definitions.length === 0) return { coerced: {} };
    const { coerced, errors } = getVariableValues(this.#schemas.api, definitions, given, { maxErrors: MOST_MISFITS });
    return errors ? { errors: errors.map(({ message }) => refusal(message, 'BAD_USER_INPUT')) } : { coerced };
  }

  /** At once when it is known. */
  variant(
    { id, operation, conditions, rules, source }: Preparation,
    variables: Variables,
    principal: string | undefined,
  ): Variant | Promise<Variant> {
    let key = `${id}`;
    const mask = rules.length === 0 ? '' : this.#authorization.maskFor(rules, principal);
    if (mask !== '') key += mask;
    for (const name of conditions) key += variables[name] === true ? '+' : '-';
    const known = this.#variants.get(key) ?? this.#planning.get(key);
    if (known) return known;
    const denials = (isIncluded: IsIncluded) =>
      mask === '' ? undefined : this.#authorization.denialsOf(operation, isIncluded, principal);
    const plan = (text: string) =>
      this.#planner.plan(text).catch((error: Error) => Promise.reject(unplanned(source, error)));
    const planning = this.#compile(operation, plan, includedUnder(variables), denials).then(
      (variant) => {
        this.#planning.delete(key);
        this.#variants.set(key, variant, source.length);
        return variant;
      },
      (error: unknown) => {
        this.#planning.delete(key);
        throw error;
      },
    );
    this.#planning.set(key, planning);
    return planning;
  }

  async #compile(
    operation: Operation,
    plan: Planner['plan'],
    asked: IsIncluded,
    denialsUnder: (isIncluded: IsIncluded) => Denials | undefined,
  ): Promise<Variant> {
    const denials = denialsUnder(asked);
    const isIncluded = denials?.shown(asked) ?? asked;
    const { api, types } = this.#schemas;
    const selection = { operation, api, isIncluded };
    const write = compileWriter({ ...selection, isIncluded: asked }, denials);
    // Half of what a mutation should do may be worse than nothing of it: it runs whole, or not at all.
    const isMutation = operation.definition.operation === 'mutation';
    const isRefused =
      denials?.touches(this.#authorization.mode === 'reject') === true &&
      (isMutation || this.#authorization.mode === 'reject');
    const text = isRefused ? undefined : plannedText(operation, this.#schemas, isIncluded);
    const steps = text === undefined ? NOTHING : compileSteps(await plan(text), this.#clientOf, types);
    return { selection, steps, write, denials, isRefused };
  }

  #parse(source: string): DocumentNode | readonly GraphQLError[] {
    try {
      const document = parse(source);
      const errors = validate(this.#schemas.api, document);
      return errors.length === 0
        ? document
        : errors.map(({ message }) => refusal(message, 'GRAPHQL_VALIDATION_FAILED'));
    } catch (error) {
      // graphql's own validation throws on a subscription whose root field is under @include with a variable.
      const code = error instanceof GraphQLError ? 'GRAPHQL_PARSE_FAILED' : 'GRAPHQL_VALIDATION_FAILED';
      return [refusal((error as Error).message, code)];
    }
  }
}

function refusal(message: string, code: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http: { status: 400 } } });
}

/** Valid, and nobody knows how to bring it: the supergraph's fault or ours, not the client's. The hash finds the operation. */
function unplanned(source: string, { message }: Error): Fault {
  const hash = createHash('sha256').update(source).digest('hex');
  return new Fault('OPERATION_NOT_PLANNED', `No plan was found for the operation with SHA-256 ${hash}`, {
    cause: message,
  });
}
