// The last look at an error before a client sees it: code, message and what helps, nothing of the inside.
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { codes } from '#platform/errors/codes.ts';
import { Fault, type InputIssue } from '#platform/errors/fault.ts';
import type { Logger } from '#platform/telemetry/logger.ts';
import { newTraceparent, traceIdOf } from '#platform/telemetry/trace.ts';

/** Codes of GraphQL servers for a client's mistakes, beside our own. */
export const clientCodes = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_REQUEST',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);
const shown = ['issues', 'retryAfterMs', 'traceId', 'cost'] as const;
/** Extension with the trace of the request, for errors that are given a trace id. */
export const TRACE = 'requestTrace';

/** graphql's words for a variable that does not fit: its value, the path to the field, and why. */
const MISFIT = /^(Variable "\$(\w+)" got invalid value )([\s\S]*?)((?: at "\2([^"]*)")?; )([\s\S]*)$/;
/** What is told back of a value that was sent. */
const LONGEST_ECHO = 500;

/** What V8 says when the parser, which descends, runs out of stack. */
const OUT_OF_STACK = 'Maximum call stack size exceeded';
const NESTED_TOO_DEEPLY = 'The operation nests too deeply to be read; send lists and objects as variables';

const cut = (text: string) => (text.length > LONGEST_ECHO ? `${text.slice(0, LONGEST_ECHO)}…` : text);

/** The message without megabytes of what was sent, and the field in the form our own parsing names it in: lines.0.gtin. */
function misfitOf(message: string): { message: string; issues?: readonly InputIssue[] } {
  const [, start = '', variable = '', value = '', place = '', path = '', why = ''] = MISFIT.exec(message) ?? [];
  if (start === '') return { message: cut(message) };
  // Within an input object the path begins below it, as our own does; a list or a scalar is named itself.
  const field = (path.startsWith('.') ? path.slice(1) : `${variable}${path}`).replaceAll('[', '.').replaceAll(']', '');
  const issues = [{ path: field, message: cut(why) }];
  return { message: `${start}${cut(value)}${place}${cut(why)}`, issues };
}

function originOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? originOf(error.originalError) : error;
}

/** The subgraph's, else the request's; else one that finds the line in the log. */
function traceOf({ extensions = {} }: GraphQLFormattedError): string {
  const known = extensions.traceId ?? extensions[TRACE];
  return typeof known === 'string' && known !== '' ? known : traceIdOf(newTraceparent());
}

export function formatGatewayError(
  formatted: GraphQLFormattedError,
  error: unknown,
  logger: Logger,
): GraphQLFormattedError {
  const origin = originOf(error);
  const place = formatted.path ? { path: formatted.path } : {};
  if (origin instanceof Fault) {
    const traceId = traceOf(formatted);
    // Nobody reads it, and there may be as many as there are clients when the network goes.
    const level = origin.code === 'REQUEST_ABANDONED' ? 'debug' : 'warn';
    logger[level]({ code: origin.code, error: origin.cause, traceId }, origin.message);
    const retry = origin.retryable ? { retryAfterMs: origin.retryAfterMs ?? 1_000 } : {};
    return { message: origin.message, ...place, extensions: { code: origin.code, ...retry, traceId } };
  }
  const extensions = formatted.extensions ?? {};
  const code = typeof extensions.code === 'string' ? extensions.code : 'INTERNAL_SERVER_ERROR';
  const known = code !== 'INTERNAL_SERVER_ERROR' && (code in codes || clientCodes.has(code));
  const traceId = traceOf(formatted);
  if (!known && extensions.traceId === undefined) logger.error({ error, traceId }, 'defect');
  const kept = Object.fromEntries(shown.filter((name) => name in extensions).map((name) => [name, extensions[name]]));
  if (!known) {
    const message = 'An internal error occurred; give the trace id to the operator';
    return { message, ...place, extensions: { code: 'INTERNAL_SERVER_ERROR', ...kept, traceId } };
  }
  if (code === 'UNAUTHORIZED_FIELD_OR_TYPE') kept.reason = extensions.reason;
  if ('issues' in kept) return { message: formatted.message, ...place, extensions: { code, ...kept } };
  const outOfStack = code === 'GRAPHQL_PARSE_FAILED' && formatted.message === OUT_OF_STACK;
  const { message, ...issues } = misfitOf(outOfStack ? NESTED_TOO_DEEPLY : formatted.message);
  return { message, ...place, extensions: { code, ...issues, ...kept } };
}
