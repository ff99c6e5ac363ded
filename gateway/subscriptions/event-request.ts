// A request for an event stream: whether it is one, and its operation. Refuses, with the status that HTTP has for it, what is no
// GraphQL request and what a web page could send without asking.
import type { FastifyRequest } from 'fastify';
import type { Payload } from './prepare.ts';

export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly code?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const EVENTS = 'text/event-stream';
const JSON_TYPES = ['application/json', 'application/graphql-response+json', 'application/*', '*/*'];

/**
 * Some clients accept events beside JSON with every request: they get events for a subscription only. Who names events first, or
 * alone, gets them for whatever is asked.
 */
export function wantsEvents(request: FastifyRequest): boolean {
  const { accept } = request.headers;
  if (!accept?.includes(EVENTS)) return false;
  const events = rank(accept, [EVENTS]);
  if (events === 0) return false;
  return events > rank(accept, JSON_TYPES) || /\bsubscription\b/.test(queryOf(request));
}

function queryOf({ method, query, body }: FastifyRequest): string {
  const from = (method === 'GET' ? query : body) as { readonly query?: unknown } | null | undefined;
  return typeof from?.query === 'string' ? from.query : '';
}

/** How much one of the types is wanted: its quality, the earlier of equals more; 0: not at all. */
function rank(accept: string, types: readonly string[]): number {
  const ranges = accept.split(',').map((range, index) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const quality = Number(parameters.find((part) => part.startsWith('q='))?.slice(2) ?? 1);
    return { type, rank: quality > 0 ? quality - index / 1_000 : 0 };
  });
  return Math.max(0, ...ranges.filter(({ type }) => types.includes(type)).map(({ rank: of }) => of));
}

export function eventRequestOf({ method, headers, query, body }: FastifyRequest): Payload | Refusal {
  if (method !== 'GET' && !/^application\/json\b/i.test(headers['content-type'] ?? '')) {
    return { status: 415, message: 'The body must be application/json' };
  }
  const given = method === 'GET' ? parametersOf(query as Record<string, unknown>) : body;
  if (!isRecord(given)) return badRequest('The request is no GraphQL request');
  const { query: source, operationName, variables, extensions } = given;
  if (typeof source !== 'string' || source === '') return badRequest('The request has no query');
  if (!(isNothing(operationName) || typeof operationName === 'string')) return badRequest('operationName is no text');
  if (!(isNothing(variables) || isRecord(variables))) return badRequest('variables must be an object');
  if (!(isNothing(extensions) || isRecord(extensions))) return badRequest('extensions must be an object');
  return { query: source, operationName: operationName || null, variables, extensions };
}

/** What stands in the URL; variables and extensions are JSON there. */
function parametersOf(query: Record<string, unknown>): unknown {
  try {
    const json = (text: unknown) => (typeof text === 'string' && text !== '' ? JSON.parse(text) : undefined);
    return { ...query, variables: json(query.variables), extensions: json(query.extensions) };
  } catch {
    return undefined;
  }
}

const badRequest = (message: string): Refusal => ({ status: 400, message });

function isNothing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
