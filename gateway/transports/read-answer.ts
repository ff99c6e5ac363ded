// From what came over HTTP to an answer of GraphQL, or to the Fault a client may see. The cause is for the log: addresses, bodies and
// statuses never stand in a message.
import type { GraphQLFormattedError } from 'graphql';
import { Fault } from '#platform/errors/fault.ts';
import type { OperationResult } from '../subgraph-client.ts';
import { NotAgain, type Received } from './exchange.ts';

const RETRY_AFTER_MS = 1_000;
const LONGEST_RETRY_AFTER_MS = 3_600_000;

/** A status that says: not now. */
export class NotNow extends Error {
  /** What its Retry-After asks for. */
  readonly waitMs: number | undefined;

  constructor(status: number, waitMs: number | undefined) {
    super(`HTTP status ${status}`);
    this.waitMs = waitMs;
  }
}

export function unavailable(name: string, cause: unknown, retryAfterMs = RETRY_AFTER_MS): Fault {
  return new Fault('SUBGRAPH_UNAVAILABLE', `The subgraph ${name} did not answer`, { cause, retryAfterMs });
}

export function busy(name: string, cause: unknown, retryAfterMs = RETRY_AFTER_MS): Fault {
  return new Fault('SUBGRAPH_BUSY', `The subgraph ${name} takes no more requests now`, { cause, retryAfterMs });
}

export function malformed(name: string, what: string, cause?: unknown): Fault {
  return new Fault('SUBGRAPH_MALFORMED_RESPONSE', `The subgraph ${name} answered ${what}`, { cause });
}

/** Whatever the status: what is a GraphQL answer is taken, unless it says to come later. Throws a Fault for anything else. */
export function readAnswer(
  name: string,
  { status, contentType, retryAfter, text }: Received,
  nowMs: number,
): OperationResult {
  const waitMs = waitOf(retryAfter, nowMs);
  if (status === 429) throw busy(name, new NotNow(status, waitMs), waitMs);
  const given = parsed(text);
  if (isAnswer(given)) {
    const { errors, ...rest } = given;
    // Null is what some servers write where there are none.
    return (errors === null ? rest : given) as OperationResult;
  }
  // A proxy before it, or the subgraph itself while it stops.
  if (status >= 502 && status <= 504) throw unavailable(name, new NotNow(status, waitMs), waitMs);
  if (status >= 500) throw unavailable(name, new NotAgain(`HTTP status ${status}`));
  const cause = new Error(`HTTP status ${status}, ${contentType}, ${text.length} characters`);
  throw malformed(name, given === undefined ? 'no JSON' : 'something that is no GraphQL answer', cause);
}

/** Undefined for text that is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly GraphQLFormattedError[] | null;
}

function isAnswer(given: unknown): given is Answer {
  if (typeof given !== 'object' || given === null || !('data' in given || 'errors' in given)) return false;
  const { data, errors } = given as { data?: unknown; errors?: unknown };
  if (typeof (data ?? {}) !== 'object' || Array.isArray(data)) return false;
  if (errors === undefined || errors === null) return true;
  return (
    Array.isArray(errors) && errors.every((error: { message?: unknown } | null) => typeof error?.message === 'string')
  );
}

/** Of a Retry-After header: seconds, or a date. */
function waitOf(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - nowMs;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS) : undefined;
}
