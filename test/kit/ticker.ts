// A gateway over one foreign subgraph with a stream that the test feeds: a real port and real tokens, no database. The subgraph
// remembers its events and goes on behind a cursor.
import { execute, parse } from 'graphql';
import type { Principal } from '#platform/auth/principal.ts';
import type { Role } from '#platform/auth/roles.ts';
import { createTokenVerifier, mintToken } from '#platform/auth/tokens.ts';
import { Fault } from '#platform/errors/fault.ts';
import { sleep } from '#platform/kernel/clock.ts';
import { mapStream, type PushStream, pushStream } from '#platform/messaging/stream.ts';
import { type Logger, silentLogger } from '#platform/telemetry/logger.ts';
import { type Gateway, type GatewayOptions, startGateway } from '../../gateway/gateway.ts';
import type { OperationResult, SubgraphClient, SubgraphRequest } from '../../gateway/subgraph-client.ts';
import { composeSchema } from './federation/compose.ts';
import { tokenSettings } from './gateway.ts';
import { principalOf } from './graph.ts';

const SDL = `
  scalar Cursor
  type Query { ticks: Int! }
  type Mutation { tick(text: String): Int! }
  type Subscription {
    ticked(after: Cursor): Tick!
    "Knows no cursor."
    counted: Int!
  }
  type Tick { cursor: Cursor! n: Int! text: String! }
`;

interface Tick {
  readonly cursor: string;
  readonly n: number;
  readonly text: string;
}

export interface Ticker {
  readonly url: string;
  /** Streams that the gateway holds of the subgraph. */
  readonly upstreams: number;
  /** What the gateway subscribed to, in order. */
  readonly asked: readonly SubgraphRequest[];
  /** Waits until it holds none; throws when that does not come. */
  idle(): Promise<void>;
  /** One event for every stream; answers its number. */
  tick(text?: string): number;
  /** The subgraph's connection breaks: every stream the gateway holds fails. */
  lose(): void;
  token(role: Role, options?: { readonly claims?: Partial<Principal>; readonly seconds?: number }): Promise<string>;
  /** The gateway alone, at the same address; the subgraph and its events stay. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface TickerOptions {
  readonly logger?: Logger;
  readonly liveData?: GatewayOptions['liveData'];
  readonly guard?: GatewayOptions['guard'];
  readonly revocations?: GatewayOptions['revocations'];
  readonly sharing?: GatewayOptions['sharing'];
  readonly forwardHeaders?: GatewayOptions['forwardHeaders'];
}

const HOUR_S = 3_600;
const PATIENCE_MS = 20_000;

export async function runTicker(options: TickerOptions = {}): Promise<Ticker> {
  const { schema, supergraphSdl } = composeSchema('ticks', SDL);
  const told: Tick[] = [];
  const streams = new Set<PushStream<Tick>>();
  const asked: SubgraphRequest[] = [];
  const tick = (text = '') => {
    const event = { cursor: `c${told.length + 1}`, n: told.length + 1, text };
    told.push(event);
    for (const stream of streams) stream.push(event);
    return event.n;
  };
  const root = { ticks: () => told.length, tick: ({ text }: { text?: string }) => tick(text) };
  const answer = async (request: SubgraphRequest, rootValue: unknown) => {
    const { query, variables = {} } = request;
    const result = await execute({ schema, document: parse(query), variableValues: variables, rootValue });
    return JSON.parse(JSON.stringify(result)) as OperationResult;
  };
  const client: SubgraphClient = {
    name: 'ticks',
    execute: (request) => answer(request, root),
    subscribe(request) {
      asked.push(request);
      const after = Object.values(request.variables ?? {}).find((value) => typeof value === 'string');
      const overflow = () => new Fault('SUBSCRIBER_TOO_SLOW', 'The subscriber reads too slowly');
      const missed = after === undefined ? [] : told.slice(Number(after.slice(1)));
      // As our own subgraphs do it: nobody is too slow for what was there before.
      const capacity = 1_000 + missed.length;
      const stream = pushStream<Tick>({ capacity, overflow, onEnd: () => streams.delete(stream) });
      streams.add(stream);
      for (const event of missed) stream.push(event);
      return Promise.resolve(mapStream(stream, (event) => answer(request, { ticked: event, counted: event.n })));
    },
    close: () => Promise.resolve(),
  };
  const start = (port: number): Promise<Gateway> =>
    startGateway({
      supergraphSdl,
      subgraphs: [client],
      tokens: createTokenVerifier(tokenSettings, Date.now),
      logger: options.logger ?? silentLogger,
      host: '127.0.0.1',
      port,
      liveData: options.liveData,
      guard: options.guard,
      revocations: options.revocations,
      sharing: options.sharing,
      forwardHeaders: options.forwardHeaders,
    });
  let gateway = await start(0);
  return {
    get url() {
      return gateway.url;
    },
    get upstreams() {
      return streams.size;
    },
    asked,
    async idle() {
      const deadline = performance.now() + PATIENCE_MS;
      while (streams.size > 0) {
        if (performance.now() > deadline) throw new Error(`${streams.size} streams were left open`);
        await sleep(10);
      }
    },
    tick,
    lose() {
      const lost = () => new Fault('SUBGRAPH_UNAVAILABLE', 'The subgraph ticks cannot be reached');
      for (const stream of [...streams]) stream.fail(lost());
    },
    token: (role, { claims, seconds = HOUR_S } = {}) =>
      mintToken(tokenSettings, principalOf(role, claims), new Date(Date.now() + seconds * 1_000)),
    async restart() {
      const { port } = new URL(gateway.url);
      await gateway.close();
      gateway = await start(Number(port));
    },
    close: () => gateway.close(),
  };
}
