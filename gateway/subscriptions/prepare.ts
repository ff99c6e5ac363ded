// An operation that came over a socket, parsed and validated. Whatever is wrong is an answer to this operation and leaves the
// socket's other ones alone.
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { messageFor } from '../security/introspection.ts';
import { MOST_TOKENS, withinLimits } from '../security/limits.ts';
import type { GatewayContext } from '../subgraph-client.ts';

export interface Payload {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
  readonly extensions?: Record<string, unknown> | null | undefined;
}

const ANYBODY: GatewayContext = { principal: undefined, traceparent: '' };

/** The document, or what is wrong with it. */
export function prepare(
  schema: GraphQLSchema,
  payload: Payload,
  caller: GatewayContext = ANYBODY,
): DocumentNode | readonly GraphQLError[] {
  let document: DocumentNode;
  try {
    document = parse(payload.query, { maxTokens: MOST_TOKENS });
  } catch (error) {
    return [coded((error as Error).message, 'GRAPHQL_PARSE_FAILED')];
  }
  const problems = problemsOf(schema, document);
  if (problems.length > 0) {
    return problems.map((message) => coded(messageFor(schema, caller, message), 'GRAPHQL_VALIDATION_FAILED'));
  }
  if (!getOperationAST(document, payload.operationName)) {
    return [coded('The document has no such operation', 'OPERATION_RESOLUTION_FAILURE')];
  }
  return document;
}

function problemsOf(schema: GraphQLSchema, document: DocumentNode): string[] {
  try {
    return validate(schema, document, [...specifiedRules, withinLimits]).map(({ message }) => message);
  } catch (error) {
    // graphql's own validation throws on a subscription whose root field is under @include with a variable.
    return [(error as Error).message];
  }
}

export function coded(message: string, code: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}
