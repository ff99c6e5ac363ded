// What a caller is told when something was thrown: faults and bad input by code; anything else is our defect, masked, with
// the trace id that finds it in the log.
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { Fault, InvalidInput } from '../errors/fault.ts';
import type { Logger } from '../telemetry/logger.ts';
import { currentTrace, traceIdOf } from '../telemetry/trace.ts';

export function formatSubgraphError(error: GraphQLError, logger: Logger): GraphQLFormattedError {
  const cause = error.originalError ?? error;
  const place = { ...(error.path ? { path: error.path } : {}) };
  if (cause instanceof InvalidInput) {
    return { message: cause.message, ...place, extensions: { code: cause.code, issues: cause.issues } };
  }
  if (cause instanceof Fault) {
    if (cause.code === 'INTERNAL_SERVER_ERROR') logger.error({ error: cause }, 'fault');
    else logger.warn({ code: cause.code, error: cause.cause }, cause.message);
    const retry = cause.retryable ? { retryAfterMs: cause.retryAfterMs ?? 1_000 } : {};
    return { message: cause.message, ...place, extensions: { code: cause.code, ...retry } };
  }
  if (cause instanceof GraphQLError) {
    // The outer message says where: the variable and the path to the field.
    return { message: error.message, ...place, extensions: { code: 'BAD_USER_INPUT', ...cause.extensions } };
  }
  const trace = currentTrace();
  logger.error({ error: cause }, 'defect');
  return {
    message: 'An internal error occurred; give the trace id to the operator',
    ...place,
    extensions: { code: 'INTERNAL_SERVER_ERROR', ...(trace ? { traceId: traceIdOf(trace.traceparent) } : {}) },
  };
}
