// What is done once per operation text: parsed and validated, then for each decision of its @skip and @include planned and
// compiled. Bounded: what was not used for longest is forgotten.
import { type DocumentNode, GraphQLError, getOperationAST, getVariableValues, Kind, parse, validate } from 'graphql';
import { conditionVariables, includedUnder } from './conditions.ts';
import { DataKeys } from './data-keys.ts';
import { Lru } from './lru.ts';
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

/** A valid operation; what is planned and compiled depends on its condition variables. */
export interface Preparation {
  readonly id: number;
  readonly operation: Operation;
  readonly conditions: readonly string[];
}

/** Ready to run. */
export interface Variant {
  readonly selection: Selection;
  readonly steps: Steps;
  readonly write: WriteData;
}

export type Variables = Readonly<Record<string, unknown>>;

const MOST_PREPARED = 2_000;
const MOST_MISFITS = 20;
const NOTHING: Steps = { run: undefined, stream: undefined };

export class Preparations {
  readonly #schemas: Schemas;
  readonly #planner: Planner;
  readonly #clientOf: ClientOf;
  readonly #prepared = new Lru<string, Preparation>(MOST_PREPARED);
  readonly #variants = new Lru<string, Variant>(MOST_PREPARED);
  /** What is asked for again while it is being planned waits for the same plan. */
  readonly #planning = new Map<string, Promise<Variant>>();
  #lastId = 0;

  constructor(schemas: Schemas, planner: Planner, clientOf: ClientOf) {
    this.#schemas = schemas;
    this.#planner = planner;
    this.#clientOf = clientOf;
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
    const preparation = { id: this.#lastId, operation, conditions: conditionVariables(operation) };
    this.#prepared.set(key, preparation);
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
  variant({ id, operation, conditions }: Preparation, variables: Variables): Variant | Promise<Variant> {
    let key = `${id}`;
    for (const name of conditions) key += variables[name] === true ? '+' : '-';
    const known = this.#variants.get(key) ?? this.#planning.get(key);
    if (known) return known;
    const planning = this.#compile(operation, includedUnder(variables)).then(
      (variant) => {
        this.#planning.delete(key);
        this.#variants.set(key, variant);
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

  async #compile(operation: Operation, isIncluded: IsIncluded): Promise<Variant> {
    const text = plannedText(operation, this.#schemas, isIncluded);
    const { api, types } = this.#schemas;
    const selection = { operation, api, isIncluded };
    const write = compileWriter(selection);
    const steps = text === undefined ? NOTHING : compileSteps(await this.#planner.plan(text), this.#clientOf, types);
    return { selection, steps, write };
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
