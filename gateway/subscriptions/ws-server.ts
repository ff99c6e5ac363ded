// Live data over graphql-ws at the same path as HTTP. A reader too slow for its buffer is closed with 4429 and told how to resume.
import type { Server } from 'node:http';
import type { ExecutionArgs, ExecutionResult } from 'graphql';
import { GraphQLError } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import type { TokenVerifier } from '#platform/auth/tokens.ts';
import { formatGatewayError } from '../http/errors.ts';
import type { GatewayContext } from '../subgraph-client.ts';
import { GOING_AWAY, TOO_SLOW } from './close-codes.ts';
import { admit, callerOf, type Extra } from './identity.ts';
import { type Payload, prepare } from './prepare.ts';
import { answer, endingWhenSlow, type LiveDataOptions, masked, type Operation, stream } from './stream.ts';
import { acceptUpgrades } from './upgrade.ts';

export interface WsOptions extends LiveDataOptions {
  readonly server: Server;
  readonly tokens: TokenVerifier;
}

/** How long a client may take to answer that the server goes away. */
const PARTING_MS = 1_000;

interface Prepared extends ExecutionArgs {
  readonly contextValue: { readonly gateway: GatewayContext; readonly source: string; readonly extra: Extra };
}

/** Attaches to the HTTP server's upgrades; answers how to close. */
export function serveSubscriptions(options: WsOptions): () => Promise<void> {
  const { tokens, engine, logger } = options;
  const sockets = acceptUpgrades(options.server, (socket, request) => sockets.emit('connection', socket, request));
  const protocol = useServer<Record<string, unknown>, Extra>(
    {
      onConnect: ({ extra, connectionParams }) => admit(tokens, extra, connectionParams),
      async onSubscribe({ extra }, _id, payload) {
        const gateway = await callerOf(tokens, extra, payload);
        if (gateway instanceof GraphQLError) return [gateway];
        const document = prepare(engine, payload);
        if (!('kind' in document)) return document;
        return argumentsOf(options, payload, { document, contextValue: { gateway, source: payload.query, extra } });
      },
      async subscribe(args) {
        const result = await stream(options, operationOf(args as Prepared));
        if (!(Symbol.asyncIterator in result)) return result;
        return endingWhenSlow(result, () => closeSlow((args as Prepared).contextValue.extra));
      },
      execute: (args) => answer(options, operationOf(args as Prepared)),
      onError: (_context, _id, _payload, errors) =>
        errors.map((error) => formatGatewayError(error.toJSON(), error, logger)),
      onNext: (_context, _id, _payload, _args, result) => masked(result as ExecutionResult, logger) as never,
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

function argumentsOf(
  { engine }: WsOptions,
  { operationName, variables }: Payload,
  prepared: Pick<Prepared, 'document' | 'contextValue'>,
): Prepared {
  return {
    ...prepared,
    schema: engine.apiSchema,
    operationName: operationName ?? null,
    variableValues: variables ?? {},
  };
}

function operationOf({ document, operationName, variableValues, contextValue }: Prepared): Operation {
  const { gateway: context, source } = contextValue;
  return { source, document, operationName: operationName ?? null, variables: variableValues ?? {}, context };
}

function closeSlow({ socket }: Extra): void {
  socket.close(TOO_SLOW, 'Read too slowly; subscribe again with `after` = the last cursor received');
}
