// Live data over graphql-ws at the same path as HTTP. A reader too slow for its buffer is closed with 4429 and told how to resume.
import type { Server } from 'node:http';
import { type ExecutionArgs, GraphQLError } from 'graphql';
import { makeServer, type Server as Protocol } from 'graphql-ws';
import type { WebSocket } from 'ws';
import { formatGatewayError } from '../http/errors.ts';
import { withDocument } from '../security/trusted-documents.ts';
import type { GatewayContext } from '../subgraph-client.ts';
import { GOING_AWAY, ID_TAKEN, TOO_MUCH } from './close-codes.ts';
import { connect } from './connection.ts';
import type { ConnectionQuota } from './connection-quota.ts';
import { admit, callerOf, type Door, type Extra } from './identity.ts';
import type { LiveDataLimits } from './limits.ts';
import { Operations, type Running } from './operations.ts';
import { PayloadTexts } from './payload-text.ts';
import { coded, type Payload, prepare } from './prepare.ts';
import { answer, endingWhenSlow, type LiveDataOptions, type Operation, stream } from './stream.ts';
import { acceptUpgrades } from './upgrade.ts';

export interface WsOptions extends LiveDataOptions, Door {
  readonly server: Server;
  readonly limits: LiveDataLimits;
  readonly quota: ConnectionQuota;
}

/** How long a client may take to answer that the server goes away. */
const PARTING_MS = 1_000;

interface Prepared extends ExecutionArgs {
  readonly contextValue: {
    readonly gateway: GatewayContext;
    readonly source: string;
    readonly extra: Extra;
    readonly running: Running;
  };
}

/** Attaches to the HTTP server's upgrades; answers how to close. */
export function serveSubscriptions(options: WsOptions): () => Promise<void> {
  const { limits, logger } = options;
  const texts = new PayloadTexts(logger);
  const protocol = protocolOf(options, texts);
  const { sockets, stop } = acceptUpgrades(options, (arrival) => {
    const operations = new Operations(limits.subscriptionsPerSocket);
    connect({ protocol, limits, logger, texts }, arrival, { ...arrival, operations, watched: new Set() });
  });
  return async () => {
    stop();
    const open = [...sockets.clients];
    const closed = open.map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())));
    for (const socket of open) socket.close(GOING_AWAY, 'The server restarts; subscribe again with `after`');
    const late = setTimeout(() => open.forEach((socket) => socket.terminate()), PARTING_MS);
    await Promise.all(closed);
    clearTimeout(late);
  };
}

function protocolOf(options: WsOptions, texts: PayloadTexts): Protocol<Extra> {
  const { limits, logger } = options;
  return makeServer<Record<string, unknown>, Extra>({
    connectionInitWaitTimeout: limits.initMs,
    onConnect: ({ extra, connectionParams }) => admit(options, extra, connectionParams),
    onSubscribe: ({ extra }, id, payload) => begin(options, extra, id, payload),
    async subscribe(args) {
      const { running, extra } = (args as Prepared).contextValue;
      const result = await stream(options, operationOf(args as Prepared));
      if (Symbol.asyncIterator in result) {
        return endingWhenSlow(running.hold(result), () => closeSlow(extra.socket));
      }
      running.end();
      return result;
    },
    async execute(args) {
      try {
        return await answer(options, operationOf(args as Prepared));
      } finally {
        (args as Prepared).contextValue.running.end();
      }
    },
    onError: (_context, _id, _payload, errors) =>
      errors.map((error) => formatGatewayError(error.toJSON(), error, logger)),
    onNext: (_context, _id, _payload, _args, result) => texts.standIn(result),
  });
}

/** What runs; or why it does not, which is this operation's answer and leaves the socket's other ones alone. */
async function begin(
  options: WsOptions,
  extra: Extra,
  id: string,
  given: Payload,
): Promise<Prepared | readonly GraphQLError[]> {
  const { limits } = options;
  const payload = withDocument(options.trusted, given);
  const running = extra.operations.begin(id);
  if (running === 'taken') extra.socket.close(ID_TAKEN, 'The id belongs to an operation that still runs');
  if (running === 'flood') extra.socket.close(TOO_MUCH, 'Too many operations at the same time');
  if (typeof running === 'string') {
    const message = `A socket may have ${limits.subscriptionsPerSocket} operations at the same time; end one first`;
    return [coded(message, 'QUOTA_EXCEEDED')];
  }
  const gateway = await callerOf(options, extra, payload);
  const schema = options.engine.apiSchema;
  const document = gateway instanceof GraphQLError ? [gateway] : prepare(schema, payload, gateway);
  if (gateway instanceof GraphQLError || !('kind' in document)) {
    running.end();
    return document as readonly GraphQLError[];
  }
  const { operationName, variables, query: source } = payload;
  return {
    schema,
    document,
    operationName: operationName ?? null,
    variableValues: variables ?? {},
    contextValue: { gateway, source, extra, running },
  };
}

function operationOf({ schema, document, operationName, variableValues, contextValue }: Prepared): Operation {
  const { gateway: context, source } = contextValue;
  return { source, schema, document, operationName: operationName ?? null, variables: variableValues ?? {}, context };
}

function closeSlow(socket: WebSocket): void {
  socket.close(TOO_MUCH, 'Read too slowly; subscribe again with `after` = the last cursor received');
}
