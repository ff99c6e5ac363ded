// The gateway as a client of one subgraph's live data: graphql-ws, one connection for each operation, because the signature in its
// connection_init is over that operation. Ends at once when its reader leaves; never connects again by itself.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { signRequest } from '#platform/auth/signature.ts';
import { type Code, codes } from '#platform/errors/codes.ts';
import { Fault } from '#platform/errors/fault.ts';
import { SUBSCRIPTION_METHOD } from '#platform/graphql/http-server.ts';
import type { Clock } from '#platform/kernel/clock.ts';
import { pushStream } from '#platform/messaging/stream.ts';
import type { OperationResult, SubgraphRequest } from '../subgraph-client.ts';

export interface UpstreamOptions {
  readonly subgraph: string;
  readonly url: URL;
  /** Key of signed requests, shared with the subgraph; undefined for a subgraph that is not ours: it is told no principal. */
  readonly key: Buffer | undefined;
  readonly clock: Clock;
}

const BUFFER = 1_000;
/** How long a subgraph may take to accept a connection. */
const CONNECT_MS = 10_000;

/** The subgraph's answers. What refuses the subscription is the first of them; a lost connection is SUBGRAPH_UNAVAILABLE. */
export function openUpstream(
  { subgraph, url, key, clock }: UpstreamOptions,
  request: SubgraphRequest,
): AsyncIterableIterator<OperationResult> {
  const { query, variables = {}, operationName, traceparent, forwarded = [] } = request;
  const principal = request.principal ?? '';
  const operation = JSON.stringify({ query, variables, operationName });
  const client = createClient({
    url: `${url.protocol === 'https:' ? 'wss' : 'ws'}://${url.host}${url.pathname}${url.search}`,
    webSocketImpl: withHeaders(forwarded),
    retryAttempts: 0,
    connectionAckWaitTimeout: CONNECT_MS,
    connectionParams: () => {
      if (!key) return undefined;
      const signed = { method: SUBSCRIPTION_METHOD, path: url.pathname, principal, body: operation };
      const signature = signRequest(key, clock.now().getTime(), signed);
      return { principal, signature, operation, ...(traceparent ? { traceparent } : {}) };
    },
  });
  let unsubscribe = () => {};
  const stream = pushStream<OperationResult>({
    capacity: BUFFER,
    overflow: () => new Fault('SUBSCRIBER_TOO_SLOW', 'The subscriber reads too slowly; subscribe again with `after`'),
    onEnd: () => {
      unsubscribe();
      // Waits for a connection still being made, and rejects with it when that fails.
      Promise.resolve(client.dispose()).catch(() => undefined);
    },
  });
  unsubscribe = client.subscribe<Record<string, unknown>>(
    { query, variables, ...(operationName ? { operationName } : {}) },
    {
      next: (result) => void stream.push(result as OperationResult),
      error: (cause) => stream.fail(failureOf(subgraph, cause)),
      complete: () => stream.end(),
    },
  );
  return stream;
}

/** A socket whose upgrade has them: names and values in turn. */
function withHeaders(given: readonly string[]): new (url: string | URL, protocols?: string | string[]) => WebSocket {
  if (given.length === 0) return WebSocket;
  const headers: Record<string, string> = {};
  for (let at = 0; at < given.length; at += 2) headers[given[at] ?? ''] = given[at + 1] ?? '';
  return class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols, { headers });
    }
  };
}

/** A list is what the subgraph said went wrong; anything else is the connection. */
function failureOf(subgraph: string, cause: unknown): Error {
  if (!Array.isArray(cause)) {
    return new Fault('SUBGRAPH_UNAVAILABLE', `The subgraph ${subgraph} did not answer`, { cause, retryAfterMs: 1_000 });
  }
  const [first] = cause as readonly { readonly message: string; readonly extensions?: { readonly code?: unknown } }[];
  const code = first?.extensions?.code;
  return typeof code === 'string' && code in codes
    ? new Fault(code as Code, first?.message ?? '', { cause })
    : new Error(first?.message ?? `the subgraph ${subgraph} ended the subscription`, { cause });
}
