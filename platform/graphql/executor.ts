// Runs operations on one subgraph's schema: parsed, validated and compiled once per text (graphql-jit), bounded in memory.
// The same function serves the in-process gateway and the signed HTTP server.
import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  Kind,
  parse,
  validate,
} from 'graphql';
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit';
import { mapStream } from '../messaging/stream.ts';
import type { Logger } from '../telemetry/logger.ts';
import { formatSubgraphError } from './errors.ts';

export interface Operation {
  readonly query: string;
  readonly variables?: Record<string, unknown> | undefined;
  readonly operationName?: string | undefined;
}

export interface OperationResult {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly GraphQLFormattedError[];
}

interface Prepared {
  readonly document: DocumentNode;
  readonly compiled: CompiledQuery | undefined;
  readonly invalid: OperationResult | undefined;
}

const MOST_PREPARED = 2_000;
const MOST_MISFITS = 20;

export class Executor {
  readonly schema: GraphQLSchema;
  readonly #logger: Logger;
  readonly #prepared = new Map<string, Prepared>();

  constructor(schema: GraphQLSchema, logger: Logger) {
    this.schema = schema;
    this.#logger = logger;
  }

  /** Answers a query or mutation; never throws, what goes wrong is in `errors`. */
  async execute(operation: Operation, context: unknown): Promise<OperationResult> {
    const prepared = this.#prepare(operation);
    if (prepared.invalid) return prepared.invalid;
    const { compiled, document } = prepared;
    const variables = operation.variables ?? {};
    const result: ExecutionResult = compiled
      ? await compiled.query(undefined, context, variables)
      : await execute({
          schema: this.schema,
          document,
          contextValue: context,
          variableValues: variables,
          operationName: operation.operationName ?? null,
        });
    const nothingRan = result.errors !== undefined && result.data === undefined;
    return (nothingRan && this.#misfits(operation, document, variables)) || this.#format(result);
  }

  /** Which variables do not fit and why: the compiled query names neither the field within an input nor the scalar's reason. */
  #misfits(
    operation: Operation,
    document: DocumentNode,
    variables: Record<string, unknown>,
  ): OperationResult | undefined {
    const definitions = getOperationAST(document, operation.operationName)?.variableDefinitions ?? [];
    const { errors } = getVariableValues(this.schema, definitions, variables, { maxErrors: MOST_MISFITS });
    return errors && { errors: errors.map(({ message }) => ({ message, extensions: { code: 'BAD_USER_INPUT' } })) };
  }

  /** The answers of a subscription, one per event, each with a context of its own; or why it was refused. */
  async subscribe(
    operation: Operation,
    contextOf: () => unknown,
  ): Promise<AsyncIterableIterator<OperationResult> | OperationResult> {
    const prepared = this.#prepare(operation);
    if (prepared.invalid) return prepared.invalid;
    const execution = {
      schema: this.schema,
      document: prepared.document,
      variableValues: operation.variables ?? {},
      operationName: operation.operationName ?? null,
    };
    const source = await createSourceEventStream({ ...execution, contextValue: contextOf() });
    if (!(Symbol.asyncIterator in source)) return this.#format(source);
    return mapStream(source as AsyncIterableIterator<unknown>, async (event) =>
      this.#format(await execute({ ...execution, rootValue: event, contextValue: contextOf() })),
    );
  }

  #prepare(operation: Operation): Prepared {
    const key = operation.operationName ? `${operation.operationName}\n${operation.query}` : operation.query;
    const known = this.#prepared.get(key);
    if (known) {
      // Moved to the end, so that the map's order is by last use.
      this.#prepared.delete(key);
      this.#prepared.set(key, known);
      return known;
    }
    const prepared = this.#compile(operation);
    if (this.#prepared.size >= MOST_PREPARED) {
      const [oldest] = this.#prepared.keys();
      if (oldest !== undefined) this.#prepared.delete(oldest);
    }
    this.#prepared.set(key, prepared);
    return prepared;
  }

  #compile(operation: Operation): Prepared {
    let document: DocumentNode;
    try {
      document = parse(operation.query);
    } catch (error) {
      return refused({ kind: Kind.DOCUMENT, definitions: [] }, [error as GraphQLError], 'GRAPHQL_PARSE_FAILED');
    }
    const errors = validate(this.schema, document);
    if (errors.length > 0) return refused(document, errors, 'GRAPHQL_VALIDATION_FAILED');
    const node = getOperationAST(document, operation.operationName);
    if (!node) {
      return refused(document, [new GraphQLError('No such operation in the document')], 'OPERATION_RESOLUTION_FAILURE');
    }
    if (node.operation === 'subscription') return { document, compiled: undefined, invalid: undefined };
    const compiled = compileQuery(this.schema, document, operation.operationName);
    // What the compiler does not support runs interpreted.
    return { document, compiled: isCompiledQuery(compiled) ? compiled : undefined, invalid: undefined };
  }

  #format(result: ExecutionResult): OperationResult {
    if (!result.errors) return result as OperationResult;
    const errors = result.errors.map((error) => formatSubgraphError(error, this.#logger));
    // No `data` at all: the variables did not fit, nothing ran.
    return 'data' in result && result.data !== undefined ? { data: result.data, errors } : { errors };
  }
}

function refused(document: DocumentNode, errors: readonly GraphQLError[], code: string): Prepared {
  const formatted = errors.map((error) => ({ message: error.message, extensions: { code } }));
  return { document, compiled: undefined, invalid: { errors: formatted } };
}
