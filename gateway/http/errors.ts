// The last look at an error before a client sees it: code, message and what helps, nothing of the inside.
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { codes } from '#platform/errors/codes.ts';
import { Fault } from '#platform/errors/fault.ts';
import type { Logger } from '#platform/telemetry/logger.ts';

/** Codes of GraphQL servers for a client's mistakes, beside our own. */
const clientCodes = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_REQUEST',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);
const shown = ['issues', 'retryAfterMs', 'traceId'] as const;

function originOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? originOf(error.originalError) : error;
}

export function formatGatewayError(
  formatted: GraphQLFormattedError,
  error: unknown,
  logger: Logger,
): GraphQLFormattedError {
  const origin = originOf(error);
  const place = formatted.path ? { path: formatted.path } : {};
  if (origin instanceof Fault) {
    logger.warn({ code: origin.code, error: origin.cause }, origin.message);
    const retry = origin.retryable ? { retryAfterMs: origin.retryAfterMs ?? 1_000 } : {};
    return { message: origin.message, ...place, extensions: { code: origin.code, ...retry } };
  }
  const extensions = formatted.extensions ?? {};
  const code = typeof extensions.code === 'string' ? extensions.code : 'INTERNAL_SERVER_ERROR';
  const known = code !== 'INTERNAL_SERVER_ERROR' && (code in codes || clientCodes.has(code));
  if (!known && extensions.traceId === undefined) logger.error({ error }, 'defect');
  const kept = Object.fromEntries(shown.filter((name) => name in extensions).map((name) => [name, extensions[name]]));
  const message = known ? formatted.message : 'An internal error occurred; give the trace id to the operator';
  return { message, ...place, extensions: { code: known ? code : 'INTERNAL_SERVER_ERROR', ...kept } };
}
