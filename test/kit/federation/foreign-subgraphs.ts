// Subgraphs of somebody else: plain GraphQL servers made of @apollo/subgraph, graphql-http and graphql-ws, each at an address of
// its own with a path and a query, and the supergraph composed over them.
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLSchema, parse } from 'graphql';
import { createHandler } from 'graphql-http/lib/use/http';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';

type Module = Extract<Parameters<typeof buildSubgraphSchema>[0], readonly unknown[]>[number];
type Resolvers = Extract<Module, { readonly typeDefs: unknown }>['resolvers'];

export interface ForeignSubgraph {
  readonly name: string;
  readonly typeDefs: string;
  readonly resolvers: Resolvers;
}

export interface ForeignSubgraphs {
  readonly supergraphSdl: string;
  /** Headers of what was asked over HTTP so far. */
  readonly asked: readonly { readonly subgraph: string; readonly headers: IncomingHttpHeaders }[];
  close(): Promise<void>;
}

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.5",
  import: ["@key", "@external", "@requires", "@shareable", "@interfaceObject"])\n`;

export async function serveForeign(subgraphs: readonly ForeignSubgraph[]): Promise<ForeignSubgraphs> {
  const asked: { subgraph: string; headers: IncomingHttpHeaders }[] = [];
  const served = await Promise.all(
    subgraphs.map(async ({ name, typeDefs, resolvers }) => {
      const document = parse(LINK + typeDefs);
      const schema = buildSubgraphSchema([{ typeDefs: document, ...(resolvers ? { resolvers } : {}) }]);
      const heard = ({ headers }: IncomingMessage) => void asked.push({ subgraph: name, headers });
      const { server, origin } = await listen(schema, name, heard);
      return { server, service: { name, typeDefs: document, url: `${origin}/${name}/graphql?tenant=a%20b` } };
    }),
  );
  const { supergraphSdl, errors } = composeServices(served.map(({ service }) => service));
  if (!supergraphSdl) throw new Error(errors?.map(({ message }) => message).join('; '));
  return {
    supergraphSdl,
    asked,
    async close() {
      await Promise.all(
        served.map(({ server }) => {
          server.closeAllConnections();
          return new Promise((resolve) => server.close(resolve));
        }),
      );
    },
  };
}

async function listen(
  schema: GraphQLSchema,
  name: string,
  heard: (request: IncomingMessage) => void,
): Promise<{ readonly server: Server; readonly origin: string }> {
  const path = `/${name}/graphql?tenant=a%20b`;
  const handler = createHandler({ schema });
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    heard(request);
    if (request.url === path) void handler(request, response);
    else response.writeHead(404).end();
  });
  const sockets = new WebSocketServer({ noServer: true });
  useServer({ schema }, sockets);
  server.on('upgrade', (request, socket, head) => {
    if (request.url !== path) socket.destroy();
    else sockets.handleUpgrade(request, socket, head, (connection) => sockets.emit('connection', connection, request));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
