// What a client is told whose operation is not run: why, and what would be.
import { GraphQLError, type GraphQLErrorExtensions } from 'graphql';
import type { Code } from '#platform/errors/codes.ts';

export type GuardCode = Code | 'BAD_REQUEST';

/** Headers are a Map here, for Apollo Server. */
type HttpExtension = NonNullable<GraphQLErrorExtensions['http']>;

interface Further {
  readonly status: number;
  readonly headers?: Map<string, string>;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

export function refusal(code: GuardCode, message: string, { status, headers, extensions }: Further): GraphQLError {
  const http = { status, ...(headers ? { headers } : {}) };
  return new GraphQLError(message, { extensions: { code, ...extensions, http: http as unknown as HttpExtension } });
}

export function rateLimited(what: string, retryAfterMs: number): GraphQLError {
  const seconds = Math.ceil(retryAfterMs / 1_000);
  return refusal('RATE_LIMITED', `${what}; wait ${seconds} s`, {
    status: 429,
    headers: new Map([['retry-after', String(seconds)]]),
    extensions: { retryAfterMs },
  });
}

export function tooExpensive(estimated: number, limit: number, path: string): GraphQLError {
  const cost = rounded(estimated);
  const message = `The operation costs ${cost}, and may cost ${limit}; most of it at ${path}: ask for less (a smaller \`first\`, fewer fields, fewer keys)`;
  return refusal('COST_ESTIMATED_TOO_EXPENSIVE', message, {
    status: 400,
    extensions: { cost: { estimated: cost, limit, path } },
  });
}

function rounded(cost: number): number {
  return Number.isFinite(cost) ? Math.ceil(cost) : Number.MAX_SAFE_INTEGER;
}
