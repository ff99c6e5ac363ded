// Requests that are no query or mutation one result can answer, whichever engine is asked.
import { GraphQLError } from 'graphql';
import type { EngineRequest } from './engine.ts';

/** Why there is nothing to answer with one result. */
export function unfitForRequest({ operation, request }: EngineRequest): GraphQLError | undefined {
  if (!operation) {
    const { operationName } = request;
    const missing = operationName ? `no operation called ${operationName}` : 'several operations; say operationName';
    // Apollo Server gives it its code.
    return new GraphQLError(`The document has ${missing}`);
  }
  if (operation.operation !== 'subscription') return undefined;
  return new GraphQLError('A subscription needs a WebSocket: speak graphql-transport-ws at the same URL', {
    extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
  });
}
