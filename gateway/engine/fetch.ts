// One fetch of a plan, and errors of a subgraph as the gateway's own.
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { Fault } from '#platform/errors/fault.ts';
import { abandoned } from '../departure.ts';
import type { GatewayContext, OperationResult, SubgraphClient } from '../subgraph-client.ts';

export interface DataSourceRequest {
  readonly query: string;
  readonly variables: Record<string, unknown> | undefined;
  readonly context: GatewayContext;
}

/** Sends one fetch of a plan. A subgraph that answers neither data nor errors is an error, never a silent null. */
export async function fetchFrom(
  client: SubgraphClient,
  { query, variables, context }: DataSourceRequest,
): Promise<OperationResult> {
  if (context.signal?.aborted) throw abandoned();
  const result = await client.execute({
    query,
    variables,
    principal: context.principal,
    traceparent: context.traceparent,
    forwarded: context.forwarded,
    signal: context.signal,
  });
  if ((result.data === undefined || result.data === null) && !result.errors?.length) {
    throw new Fault('SUBGRAPH_MALFORMED_RESPONSE', `The subgraph ${client.name} answered neither data nor errors`);
  }
  return result;
}

export function toGraphQLErrors(errors: readonly GraphQLFormattedError[]): GraphQLError[] {
  return errors.map(({ message, path, extensions }) => {
    return new GraphQLError(message, { ...(path ? { path } : {}), ...(extensions ? { extensions } : {}) });
  });
}
