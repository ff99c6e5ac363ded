// Live data as server-sent events at the same path as everything: graphql-sse's protocol in distinct connections mode, one operation
// for each request. An event's id is its cursor, so that a client goes on behind it by Last-Event-ID, as browsers do by themselves.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type DocumentNode, type ExecutionResult, GraphQLError, type GraphQLSchema, getOperationAST } from 'graphql';
import { isAuthenticated, parsePrincipal } from '#platform/auth/principal.ts';
import { Fault } from '#platform/errors/fault.ts';
import { randomHex } from '#platform/kernel/ids.ts';
import { authenticate, credentialOf } from '../http/authenticate.ts';
import { withForwarded } from '../http/forwarded-headers.ts';
import { textOf } from '../http/result-text.ts';
import { PATH } from '../http/server.ts';
import type { GatewayContext } from '../subgraph-client.ts';
import type { ConnectionQuota, Place } from './connection-quota.ts';
import { eventRequestOf, type Refusal, wantsEvents } from './event-request.ts';
import { EventWriter, retryHint, textOfMessage } from './event-writer.ts';
import type { Door } from './identity.ts';
import type { LiveDataLimits } from './limits.ts';
import { isWelcome } from './origin.ts';
import { coded, type Payload, prepare } from './prepare.ts';
import { type Resumable, resumable } from './resume.ts';
import { answer, type LiveDataOptions, masked, type Operation, stream } from './stream.ts';

export interface EventsOptions extends LiveDataOptions, Door {
  readonly app: FastifyInstance;
  readonly limits: LiveDataLimits;
  readonly quota: ConnectionQuota;
}

const COMPLETE = textOfMessage({ event: 'complete', data: '' });
/** Clients of a gateway that went away come back within this time, not all at once. */
const SOONEST_RETRY_MS = 1_000;
const RETRY_SPREAD_MS = 4_000;

const retryMs = () => SOONEST_RETRY_MS + (Number.parseInt(randomHex(2), 16) % RETRY_SPREAD_MS);

/** Takes requests for events out of those for the graph; answers how to end all streams. Before the server listens. */
export function serveEvents(options: EventsOptions): () => Promise<void> {
  const { limits } = options;
  const open = new Set<EventWriter>();
  let closing = false;
  options.app.addHook('preHandler', async (request, reply) => {
    if (request.url.split('?', 1)[0] !== PATH || !wantsEvents(request)) return;
    const prepared = closing ? goingAway : await admit(options, request);
    if ('status' in prepared) {
      await refuse(reply, prepared);
      return;
    }
    reply.hijack();
    const headers = reply.getHeaders() as Record<string, string>;
    const writer = new EventWriter(reply.raw, { headers, retryMs: retryMs(), heartbeatMs: limits.heartbeatMs });
    open.add(writer);
    writer.onClose(() => {
      open.delete(writer);
      prepared.place.release();
    });
    void serve(options, writer, prepared);
  });
  return async () => {
    closing = true;
    const closed = [...open].map((writer) => new Promise<void>((resolve) => writer.onClose(resolve)));
    // No `complete`: the stream goes on, elsewhere.
    for (const writer of open) writer.end(retryHint(retryMs()));
    await Promise.all(closed);
  };
}

const tryAgain = { headers: { 'retry-after': '5' } };
const goingAway: Refusal = { ...tryAgain, status: 503, message: 'The server restarts; ask again' };

interface Admitted {
  readonly place: Place;
  readonly context: GatewayContext;
  readonly payload: Payload;
  readonly document: DocumentNode | readonly GraphQLError[];
  readonly schema: GraphQLSchema;
  readonly lastEventId: string | undefined;
}

async function admit(options: EventsOptions, request: FastifyRequest): Promise<Admitted | Refusal> {
  const { headers, method } = request;
  if (!isWelcome(headers, options.limits.allowedOrigins)) {
    return { status: 403, code: 'FORBIDDEN', message: 'This origin may not ask here; the operator can allow it' };
  }
  const payload = eventRequestOf(request);
  if ('status' in payload) return payload;
  const context = await contextOf(options, request);
  if ('status' in context) return context;
  const schema = options.engine.apiSchema;
  const document = prepare(schema, payload, context);
  const kind = 'kind' in document ? getOperationAST(document, payload.operationName)?.operation : undefined;
  if (method === 'GET' && kind === 'mutation') {
    return { status: 405, message: 'A mutation must be a POST', headers: { allow: 'POST' } };
  }
  const place = placeOf(options, request, context);
  if ('status' in place) return place;
  const id = headers['last-event-id'];
  const lastEventId = typeof id === 'string' && id !== '' ? id : undefined;
  return { context, place, payload, document, schema, lastEventId };
}

async function contextOf(
  { tokens, forwardHeaders }: EventsOptions,
  { headers, ip }: FastifyRequest,
): Promise<GatewayContext | Refusal> {
  try {
    const traceparent = typeof headers.traceparent === 'string' ? headers.traceparent : undefined;
    const context = await authenticate(tokens, credentialOf(headers), traceparent, ip);
    return withForwarded(context, headers, forwardHeaders);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return { status: 401, code: 'UNAUTHENTICATED', message: error.message };
  }
}

function placeOf({ quota }: EventsOptions, { ip }: FastifyRequest, { principal }: GatewayContext): Place | Refusal {
  const place = quota.admit(ip);
  if (place === 'connections') return { ...tryAgain, status: 503, message: 'The server has too many connections' };
  const caller = parsePrincipal(principal);
  if (typeof place !== 'string' && (!isAuthenticated(caller) || place.identify(caller))) return place;
  if (typeof place !== 'string') place.release();
  return { ...tryAgain, status: 429, code: 'QUOTA_EXCEEDED', message: 'Too many connections; close one first' };
}

function refuse(reply: FastifyReply, { status, message, code = 'BAD_REQUEST', headers = {} }: Refusal): FastifyReply {
  return reply
    .code(status)
    .headers(headers)
    .send({ errors: [{ message, extensions: { code } }] });
}

/** Writes the answer, or the answers as they come. Never rejects. */
async function serve(options: EventsOptions, writer: EventWriter, admitted: Admitted): Promise<void> {
  const { payload, document, schema, context } = admitted;
  const send = (result: ExecutionResult, id: string | null = null) =>
    writer.write({ id, event: 'next', data: textOf(masked(result, options.logger) as never).trimEnd() });
  try {
    endWhenInvalid(options, writer, context);
    if (!('kind' in document)) await send({ errors: document });
    else {
      const operationName = payload.operationName ?? null;
      const variables = payload.variables ?? {};
      const operation = { source: payload.query, document, schema, operationName, variables, context };
      if (getOperationAST(document, operationName)?.operation === 'subscription') {
        await follow(options, writer, send, resumed(operation, admitted.lastEventId));
      } else await send(await answer(options, operation));
    }
    writer.end(COMPLETE);
  } catch (error) {
    await send({ errors: [error as GraphQLError] });
    // What may go well later is not complete: a client comes back by itself, and goes on where it was.
    writer.end(error instanceof Fault && error.retryable ? retryHint(retryMs()) : COMPLETE);
  }
}

type Resumed = { readonly operation: Operation; readonly takeId: Resumable['takeId'] };

function resumed(operation: Operation, lastEventId: string | undefined): Resumed {
  const { document, source, after, takeId } = resumable(operation.schema, operation.document, operation.operationName);
  const variables =
    lastEventId !== undefined && after !== undefined
      ? { ...operation.variables, [after]: lastEventId }
      : operation.variables;
  return { operation: { ...operation, document, source, variables, sent: operation.source }, takeId };
}

async function follow(
  options: EventsOptions,
  writer: EventWriter,
  send: (result: ExecutionResult, id: string | null) => Promise<void>,
  { operation, takeId }: Resumed,
): Promise<void> {
  const events = await stream(options, operation);
  if (!(Symbol.asyncIterator in events)) return send(events, null);
  // At once, not when the next event comes; also when the client left meanwhile.
  writer.onClose(() => void events.return?.());
  for await (const event of events) {
    const { id, result } = takeId(event);
    await send(result, id);
  }
}

/** With an error: the token ended, or was revoked. */
function endWhenInvalid({ validity }: EventsOptions, writer: EventWriter, { principal }: GatewayContext): void {
  if (principal === undefined) return;
  const end = (why: string) => {
    const data = JSON.stringify({ errors: [coded(why, 'UNAUTHENTICATED')] });
    writer.end(textOfMessage({ event: 'next', data }) + COMPLETE);
  };
  writer.onClose(validity.watch(parsePrincipal(principal), end));
}
