// A subgraph over HTTP: requests (signed, if it is ours) on kept-alive connections, a timeout, and graphql-ws for subscriptions. A
// mutation is never sent twice.
import { Pool } from 'undici';
import { PRINCIPAL_HEADER } from '#platform/auth/principal.ts';
import { SIGNATURE_HEADER, signRequest } from '#platform/auth/signature.ts';
import { Fault } from '#platform/errors/fault.ts';
import type { Clock } from '#platform/kernel/clock.ts';
import type { OperationResult, SubgraphClient, SubgraphRequest } from '../subgraph-client.ts';
import { openUpstream } from '../subscriptions/upstream.ts';

export interface HttpSubgraphOptions {
  readonly name: string;
  readonly url: string;
  /** Key of signed requests, shared with the subgraph; undefined for a subgraph that is not ours: it is told no principal. */
  readonly key?: Buffer | undefined;
  readonly clock: Clock;
  /** How long one answer may take in all. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
const ACCEPTED = 'application/graphql-response+json, application/json';

export function createHttpSubgraph(options: HttpSubgraphOptions): SubgraphClient {
  const { key, clock } = options;
  const url = new URL(options.url);
  const timeout = options.timeoutMs ?? TIMEOUT_MS;
  const pool = new Pool(url.origin, { connections: 64, headersTimeout: 0, bodyTimeout: 0 });
  const post = { path: url.pathname + url.search, method: 'POST' as const };
  const unavailable = (cause: unknown) =>
    new Fault('SUBGRAPH_UNAVAILABLE', `The subgraph ${options.name} did not answer`, { cause, retryAfterMs: 1_000 });

  return {
    name: options.name,
    async execute(request) {
      const body = JSON.stringify({
        query: request.query,
        variables: request.variables,
        operationName: request.operationName,
      });
      const { status, text } = await pool
        .request({
          ...post,
          headers: headersFor(options, url, request, body),
          body,
          signal: AbortSignal.timeout(timeout),
        })
        .then(async ({ statusCode, body: answer }) => ({ status: statusCode, text: await answer.text() }))
        .catch((cause: unknown) => {
          throw unavailable(cause);
        });
      // A proxy before it, or the subgraph itself while it stops.
      if (status >= 502 && status <= 504) throw unavailable(new Error(`HTTP status ${status}`));
      return readAnswer(options.name, text);
    },
    subscribe: (request) => Promise.resolve(openUpstream({ subgraph: options.name, url, key, clock }, request)),
    close: () => pool.close(),
  };
}

function headersFor(
  options: HttpSubgraphOptions,
  url: URL,
  request: SubgraphRequest,
  body: string,
): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': 'application/json', accept: ACCEPTED };
  if (request.traceparent) headers.traceparent = request.traceparent;
  if (options.key) {
    const principal = request.principal ?? '';
    const signed = { method: 'POST', path: url.pathname, principal, body };
    // Header values are latin-1: a name in another script would not survive.
    headers[PRINCIPAL_HEADER] = encodeURIComponent(principal);
    headers[SIGNATURE_HEADER] = signRequest(options.key, options.clock.now().getTime(), signed);
  }
  return headers;
}

function readAnswer(name: string, text: string): OperationResult {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer === 'object' && answer !== null && ('data' in answer || 'errors' in answer)) {
      return answer as OperationResult;
    }
  } catch (cause) {
    throw new Fault('SUBGRAPH_MALFORMED_RESPONSE', `The subgraph ${name} answered no JSON`, { cause });
  }
  throw new Fault('SUBGRAPH_MALFORMED_RESPONSE', `The subgraph ${name} answered something that is no GraphQL answer`);
}
