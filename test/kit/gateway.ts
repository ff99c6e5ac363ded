// A whole running gateway on a database of its own: a real port, real tokens, all five subgraphs, in process or each behind its own
// signed HTTP server. The suite of the gateway runs in both modes: identity takes the same serialised path.
import { readFileSync } from 'node:fs';
import type { Principal } from '#platform/auth/principal.ts';
import type { Role } from '#platform/auth/roles.ts';
import { createTokenVerifier, mintToken, type TokenSettings, type TokenVerifier } from '#platform/auth/tokens.ts';
import { type SubgraphServer, serveSubgraph } from '#platform/graphql/http-server.ts';
import type { RunningSubgraph } from '#platform/graphql/subgraph.ts';
import { type Logger, silentLogger } from '#platform/telemetry/logger.ts';
import { type Gateway, type GatewayOptions, startGateway } from '../../gateway/gateway.ts';
import { modules } from '../../gateway/modules.ts';
import type { SubgraphClient } from '../../gateway/subgraph-client.ts';
import { createHttpSubgraph } from '../../gateway/transports/http-subgraph.ts';
import { principalOf, startGraph, type TestClock, testKeys } from './graph.ts';
import { type LiveSocket, liveSocket } from './live-socket.ts';

export const modes = ['in process', 'over HTTP'] as const;
export type Mode = (typeof modes)[number];

export interface Answer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions?: Record<string, unknown> & { readonly code?: string };
  }[];
}

export interface TestGateway {
  readonly url: string;
  readonly clock: TestClock;
  /** URL of the database all subgraphs share. */
  readonly databaseUrl: string;
  /** The running subgraph itself, for looking behind the gateway. */
  subgraph(name: string): RunningSubgraph;
  /** The signed HTTP server of a subgraph; there are some only over HTTP. */
  server(name: string): SubgraphServer;
  /** Valid for an hour of the test's clock. */
  token(role: Role, claims?: Partial<Principal>): Promise<string>;
  /** One operation as a POST; without a token as anonymous. */
  ask(query: string, variables?: Record<string, unknown>, token?: string): Promise<Answer>;
  /** Any request to the graph's path. */
  fetch(init: RequestInit & { readonly search?: string }): Promise<Response>;
  connect(token?: string): LiveSocket;
  /** Waits until every event was consumed. */
  settle(): Promise<void>;
  /** Stops the gateway only and starts one on the same subgraphs at another port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface TestGatewayOptions {
  readonly logger?: Logger;
  /** Clients to use instead of those of the mode, by subgraph. */
  readonly clients?: Readonly<Record<string, SubgraphClient>>;
  readonly liveData?: GatewayOptions['liveData'];
  readonly guard?: GatewayOptions['guard'];
  readonly revocations?: GatewayOptions['revocations'];
  /** Instead of the verifier of `tokenSettings`. */
  readonly tokens?: (nowMs: () => number) => TokenVerifier;
}

export const tokenSettings: TokenSettings = { issuer: 'tillgraph', audience: 'tillgraph', key: testKeys.token };
export const supergraphSdl = readFileSync(
  new URL('../../gateway/supergraph/supergraph.graphql', import.meta.url),
  'utf8',
);
const HOUR_MS = 3_600_000;

export async function runGateway(mode: Mode, options: TestGatewayOptions = {}): Promise<TestGateway> {
  const { logger = silentLogger } = options;
  const graph = await startGraph(modules, { logger });
  const { clock } = graph;
  const servers = new Map<string, SubgraphServer>();
  const sockets: LiveSocket[] = [];
  const clientOf = async (name: string): Promise<SubgraphClient> => {
    const given = options.clients?.[name];
    const subgraph = graph.subgraph(name);
    if (given || mode === 'in process') return given ?? subgraph;
    const at = { host: '127.0.0.1', port: 0 };
    const server = await serveSubgraph({ subgraph, key: testKeys.request, clock, logger, ...at });
    servers.set(name, server);
    return createHttpSubgraph({ name, url: server.url, key: testKeys.request, clock });
  };
  const clients = await Promise.all(modules.map(({ name }) => clientOf(name)));
  const start = (): Promise<Gateway> =>
    startGateway({
      supergraphSdl,
      subgraphs: clients,
      tokens: (options.tokens ?? ((nowMs) => createTokenVerifier(tokenSettings, nowMs)))(() => clock.now().getTime()),
      revocations: options.revocations,
      logger,
      host: '127.0.0.1',
      port: 0,
      needs: Object.fromEntries(modules.map(({ name }) => [name, () => graph.subgraph(name).unnumbered()])),
      examples: new URL('../../examples/', import.meta.url),
      liveData: options.liveData,
      guard: options.guard,
    });
  let gateway = await start();
  const request = ({ search = '', ...init }: RequestInit & { readonly search?: string }) =>
    fetch(`${gateway.url}${search}`, init);

  return {
    get url() {
      return gateway.url;
    },
    clock,
    databaseUrl: graph.url,
    subgraph: (name) => graph.subgraph(name),
    server(name) {
      const found = servers.get(name);
      if (!found) throw new Error(`${name} is not served over HTTP in this test`);
      return found;
    },
    token: (role, claims) =>
      mintToken(tokenSettings, principalOf(role, claims), new Date(clock.now().getTime() + HOUR_MS)),
    async ask(query, variables = {}, token) {
      const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) };
      const response = await request({ method: 'POST', headers, body: JSON.stringify({ query, variables }) });
      return (await response.json()) as Answer;
    },
    fetch: request,
    connect(token) {
      const socket = liveSocket(gateway.url, token);
      sockets.push(socket);
      return socket;
    },
    settle: () => graph.settle(),
    async restart() {
      await gateway.close();
      gateway = await start();
    },
    async close() {
      for (const socket of sockets) socket.close();
      await gateway.close();
      const remote = clients.filter((client) => client !== graph.subgraph(client.name));
      await Promise.all(remote.map((client) => client.close()));
      await Promise.all([...servers.values()].map((server) => server.close()));
      await graph.close();
    },
  };
}
