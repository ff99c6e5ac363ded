// What a prepared operation answers: a stream for a subscription, one answer for a query or mutation; errors as clients may see
// them.
import type { ApolloServer } from '@apollo/server';
import { type DocumentNode, type ExecutionResult, GraphQLError, type GraphQLSchema } from 'graphql';
import { Fault } from '#platform/errors/fault.ts';
import type { Logger } from '#platform/telemetry/logger.ts';
import type { QueryEngine } from '../engine/engine.ts';
import { formatGatewayError } from '../http/errors.ts';
import type { TrustedDocuments } from '../security/trusted-documents.ts';
import type { GatewayContext } from '../subgraph-client.ts';
import { coded } from './prepare.ts';

export interface LiveDataOptions {
  readonly engine: QueryEngine;
  readonly apollo: ApolloServer<GatewayContext>;
  readonly logger: Logger;
  /** Documents that an operation may name instead of sending them. */
  readonly trusted: TrustedDocuments;
  /** Headers of clients that subgraphs may see, in lower case. */
  readonly forwardHeaders?: readonly string[] | undefined;
}

export interface Operation {
  readonly source: string;
  /** What the client sent, where that was rewritten. */
  readonly sent?: string;
  readonly document: DocumentNode;
  /** What the document was validated against: it runs on no other, whatever supergraph came meanwhile. */
  readonly schema: GraphQLSchema;
  readonly operationName: string | null;
  readonly variables: Record<string, unknown>;
  readonly context: GatewayContext;
}

type Stream = AsyncIterableIterator<ExecutionResult>;

/** One answer per event; or why the subscription was refused. Never rejects. */
export async function stream(
  { engine, logger }: LiveDataOptions,
  operation: Operation,
): Promise<Stream | ExecutionResult> {
  try {
    return await engine.subscribe(operation);
  } catch (error) {
    return { errors: [formatGatewayError({ message: 'The subscription failed' }, error, logger) as GraphQLError] };
  }
}

/** Ends the stream, and calls `tooSlow`, when the stream says that its reader is too slow. */
export function endingWhenSlow(source: Stream, tooSlow: () => void): Stream {
  return {
    async next() {
      try {
        return await source.next();
      } catch (error) {
        if (!(error instanceof Fault) || error.code !== 'SUBSCRIBER_TOO_SLOW') throw error;
        tooSlow();
        return { done: true, value: undefined };
      }
    },
    return: (value) => source.return?.(value) ?? Promise.resolve({ done: true, value: undefined }),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

export async function answer({ apollo }: LiveDataOptions, operation: Operation): Promise<ExecutionResult> {
  const { source, variables, operationName, context } = operation;
  const response = await apollo.executeOperation(
    { query: source, variables, ...(operationName ? { operationName } : {}) },
    { contextValue: context },
  );
  return response.body.kind === 'single'
    ? (response.body.singleResult as ExecutionResult)
    : { errors: [coded('@defer is not supported here', 'BAD_REQUEST')] };
}

export function masked(result: ExecutionResult, logger: Logger): ExecutionResult {
  if (!result.errors) return result;
  const errors = result.errors.map((error) =>
    formatGatewayError(error instanceof GraphQLError ? error.toJSON() : error, error, logger),
  );
  return { ...result, errors: errors as unknown as GraphQLError[] };
}
