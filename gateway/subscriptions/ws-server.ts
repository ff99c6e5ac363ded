// Live data over graphql-ws at the same path as HTTP. The token travels in connection_init (or the upgrade's header, or with one
// operation); a reader too slow for its buffer is closed with 4429 and told how to resume.
import type { IncomingMessage, Server } from 'node:http';
import type { ApolloServer } from '@apollo/server';
import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  getOperationAST,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { parsePrincipal } from '#platform/auth/principal.ts';
import type { TokenVerifier } from '#platform/auth/tokens.ts';
import { Fault } from '#platform/errors/fault.ts';
import { monotonicMs } from '#platform/kernel/clock.ts';
import type { Logger } from '#platform/telemetry/logger.ts';
import type { QueryEngine } from '../engine/engine.ts';
import { authenticate } from '../http/authenticate.ts';
import { formatGatewayError } from '../http/errors.ts';
import { PATH } from '../http/server.ts';
import { MOST_TOKENS, withinLimits } from '../security/limits.ts';
import type { GatewayContext } from '../subgraph-client.ts';

export interface WsOptions {
  readonly server: Server;
  readonly engine: QueryEngine;
  readonly apollo: ApolloServer<GatewayContext>;
  readonly tokens: TokenVerifier;
  readonly logger: Logger;
}

const LARGEST_MESSAGE = 1024 * 1024;
const TOO_SLOW = 4429;
const GOING_AWAY = 1012;
const UNAUTHENTICATED = 4403;
/** How long a client may take to answer that the server goes away. */
const PARTING_MS = 1_000;
/** Longest time a timer can be set to: 24 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

interface Extra extends Record<PropertyKey, unknown> {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  gateway?: GatewayContext;
  expiry?: { readonly due: number; readonly timer: NodeJS.Timeout };
}

interface Prepared extends ExecutionArgs {
  readonly contextValue: { readonly gateway: GatewayContext; readonly source: string; readonly extra: Extra };
}

/** Attaches to the HTTP server's upgrades; answers how to close. */
export function serveSubscriptions(options: WsOptions): () => Promise<void> {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LARGEST_MESSAGE });
  options.server.on('upgrade', (request, socket, head) => {
    // A client that hangs up in the middle of this is no error of ours, and unheard it would end the process.
    socket.on('error', () => socket.destroy());
    if (request.url?.split('?', 1)[0] !== PATH) {
      socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (connection) => sockets.emit('connection', connection, request));
  });
  const protocol = useServer<Record<string, unknown>, Extra>(
    {
      onConnect: async (context) => {
        const { extra } = context;
        const given = context.connectionParams?.authorization ?? context.connectionParams?.Authorization;
        const authorization = typeof given === 'string' ? given : extra.request.headers.authorization;
        try {
          extra.gateway = await authenticate(options.tokens, authorization, undefined);
          closeAtExpiry(options.tokens, extra.gateway, extra);
          return true;
        } catch (error) {
          extra.socket.close(
            UNAUTHENTICATED,
            error instanceof GraphQLError ? error.message : 'The token is not valid here',
          );
          return false;
        }
      },
      async onSubscribe({ extra }, _id, payload) {
        const caller = await callerOf(options.tokens, extra, payload);
        return caller instanceof GraphQLError ? [caller] : prepare(options.engine, { gateway: caller, extra }, payload);
      },
      subscribe: (args) => stream(options, args as Prepared),
      execute: (args) => answer(options, args as Prepared),
      onError: (_context, _id, _payload, errors) =>
        errors.map((error) => formatGatewayError(error.toJSON(), error, options.logger)),
      onNext: (_context, _id, _payload, _args, result) => masked(result as ExecutionResult, options.logger) as never,
    },
    sockets,
  );
  return async () => {
    for (const socket of sockets.clients) socket.close(GOING_AWAY, 'The server restarts; subscribe again with `after`');
    const late = setTimeout(() => sockets.clients.forEach((socket) => socket.terminate()), PARTING_MS);
    await protocol.dispose();
    clearTimeout(late);
  };
}

interface Payload {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
  readonly extensions?: Record<string, unknown> | null | undefined;
}

/** Whom an operation runs under: its own token where `extensions.headers` has one, as GraphiQL sends it; else the socket's. */
async function callerOf(
  tokens: TokenVerifier,
  extra: Extra,
  { extensions }: Payload,
): Promise<GatewayContext | GraphQLError> {
  const headers = (extensions?.headers ?? {}) as Record<string, unknown>;
  const own = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
  const socket = extra.gateway ?? { principal: undefined, traceparent: '' };
  if (typeof own !== 'string') return socket;
  try {
    const caller = await authenticate(tokens, own, socket.traceparent);
    closeAtExpiry(tokens, caller, extra);
    return caller;
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

/** The first of a socket's tokens to end ends it: what was checked once would else be good for ever. */
function closeAtExpiry(tokens: TokenVerifier, { principal }: GatewayContext, extra: Extra): void {
  const left = tokens.msLeft(parsePrincipal(principal));
  const due = left === undefined ? Number.POSITIVE_INFINITY : monotonicMs() + left;
  if (left === undefined || due >= (extra.expiry?.due ?? Number.POSITIVE_INFINITY)) return;
  if (extra.expiry) clearTimeout(extra.expiry.timer);
  else extra.socket.once('close', () => clearTimeout(extra.expiry?.timer));
  const expire = () => extra.socket.close(UNAUTHENTICATED, 'The token has expired; connect again with a new one');
  extra.expiry = { due, timer: setTimeout(expire, Math.min(left, LONGEST_TIMER_MS)) };
}

/** Parses and validates; whatever is wrong is an answer to this operation and leaves the socket's other ones alone. */
function prepare(
  engine: QueryEngine,
  { gateway, extra }: { readonly gateway: GatewayContext; readonly extra: Extra },
  payload: Payload,
): Prepared | readonly GraphQLError[] {
  let document: DocumentNode;
  try {
    document = parse(payload.query, { maxTokens: MOST_TOKENS });
  } catch (error) {
    return [coded((error as Error).message, 'GRAPHQL_PARSE_FAILED')];
  }
  const errors = problemsOf(engine, document);
  if (errors.length > 0) return errors.map((message) => coded(message, 'GRAPHQL_VALIDATION_FAILED'));
  if (!getOperationAST(document, payload.operationName)) {
    return [coded('The document has no such operation', 'OPERATION_RESOLUTION_FAILURE')];
  }
  return {
    schema: engine.apiSchema,
    document,
    operationName: payload.operationName ?? null,
    variableValues: payload.variables ?? {},
    contextValue: { gateway, source: payload.query, extra },
  };
}

function problemsOf({ apiSchema }: QueryEngine, document: DocumentNode): string[] {
  try {
    return validate(apiSchema, document, [...specifiedRules, withinLimits]).map(({ message }) => message);
  } catch (error) {
    // graphql's own validation throws on a subscription whose root field is under @include with a variable.
    return [(error as Error).message];
  }
}

function coded(message: string, code: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

async function stream({ engine, logger }: WsOptions, args: Prepared) {
  const { gateway, source, extra } = args.contextValue;
  try {
    const result = await engine.subscribe({
      source,
      document: args.document,
      operationName: args.operationName ?? null,
      variables: args.variableValues ?? {},
      context: gateway,
    });
    return Symbol.asyncIterator in result ? closingWhenSlow(result, extra.socket) : result;
  } catch (error) {
    return { errors: [formatGatewayError({ message: 'The subscription failed' }, error, logger) as GraphQLError] };
  }
}

/** Ends the socket with its own code when the stream says that its reader is too slow. */
function closingWhenSlow(
  source: AsyncIterableIterator<ExecutionResult>,
  socket: WebSocket,
): AsyncIterableIterator<ExecutionResult> {
  return {
    async next() {
      try {
        return await source.next();
      } catch (error) {
        if (!(error instanceof Fault) || error.code !== 'SUBSCRIBER_TOO_SLOW') throw error;
        socket.close(TOO_SLOW, 'Read too slowly; subscribe again with `after` = the last cursor received');
        return { done: true, value: undefined };
      }
    },
    return: (value) => source.return?.(value) ?? Promise.resolve({ done: true, value: undefined }),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function answer({ apollo }: WsOptions, args: Prepared): Promise<ExecutionResult> {
  const { source, gateway } = args.contextValue;
  const response = await apollo.executeOperation(
    {
      query: source,
      variables: args.variableValues ?? {},
      ...(args.operationName ? { operationName: args.operationName } : {}),
    },
    { contextValue: gateway },
  );
  return response.body.kind === 'single'
    ? (response.body.singleResult as ExecutionResult)
    : { errors: [coded('@defer is not supported here', 'BAD_REQUEST')] };
}

function masked(result: ExecutionResult, logger: Logger): ExecutionResult {
  if (!result.errors) return result;
  const errors = result.errors.map((error) =>
    formatGatewayError(error instanceof GraphQLError ? error.toJSON() : error, error, logger),
  );
  return { ...result, errors: errors as unknown as GraphQLError[] };
}
