// Statuses as GraphQL over HTTP has them, and messages without names of the schema for who may not read it. Sees each answer that has
// errors; the fast path hands those on to Apollo Server, so that there is one form of them.
import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphQLFormattedError } from 'graphql';
import { traceIdOf } from '#platform/telemetry/trace.ts';
import { messageFor } from '../security/introspection.ts';
import type { GatewayContext } from '../subgraph-client.ts';
import { TRACE } from './errors.ts';

/** Of requests that are well-formed; what is wrong is what they ask for. */
const ofTheOperation = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_USER_INPUT',
  'COST_ESTIMATED_TOO_EXPENSIVE',
  // Ours or the supergraph's fault, not the client's: a 500 to whoever reads statuses.
  'OPERATION_NOT_PLANNED',
]);

/**
 * 200 for a client that accepts `application/json` by name and not the newer type: to it the status says whether HTTP went well, and
 * some of them do not read the body of another one.
 */
export function statusFor(accept: string, status: number, errors: readonly GraphQLFormattedError[]): number {
  const ofOperations = status === 400 || status === 500;
  if (!ofOperations || !/application\/json/i.test(accept) || /application\/graphql-response\+json/i.test(accept)) {
    return status;
  }
  return errors.every(({ extensions }) => ofTheOperation.has(String(extensions?.code))) ? 200 : status;
}

export const overHttp: ApolloServerPlugin<GatewayContext> = {
  async requestDidStart() {
    return {
      async didEncounterErrors({ errors, contextValue: { traceparent } }) {
        for (const { extensions } of errors) extensions[TRACE] ??= traceIdOf(traceparent);
      },
      async willSendResponse({ response: { http, body }, request, contextValue, schema }) {
        if (body.kind !== 'single' || !body.singleResult.errors) return;
        const { errors } = body.singleResult;
        body.singleResult.errors = errors.map((error) => ({
          ...error,
          message: messageFor(schema, contextValue, error.message),
        }));
        const accept = request.http?.headers.get('accept') ?? '';
        if (http.status !== undefined) http.status = statusFor(accept, http.status, errors);
      },
    };
  },
};
