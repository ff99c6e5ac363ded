// Two subgraphs over HTTP of which the first answers when the test says: which requests it was sent, which of them were given up.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { graphql, parse } from 'graphql';
import { systemClock } from '#platform/kernel/clock.ts';
import type { SubgraphClient } from '../../gateway/subgraph-client.ts';
import { createHttpSubgraph } from '../../gateway/transports/http-subgraph.ts';
import type { GivenOptions } from '../../gateway/transports/subgraph-options.ts';

const sdls = {
  shelf: 'type Query { item: Item } type Mutation { take: Item } type Item @key(fields: "id") { id: ID! }',
  sign: 'type Query { label: String } type Item @key(fields: "id") { id: ID! price: Int }',
};
const resolvers = {
  shelf: { Query: { item: () => ({ id: '1' }) }, Mutation: { take: () => ({ id: '1' }) } },
  sign: { Query: { label: () => 'Mugs' }, Item: { price: () => 3 } },
};

export interface SlowSubgraphs {
  readonly supergraphSdl: string;
  readonly clients: readonly SubgraphClient[];
  /** Requests that arrived, by subgraph. */
  readonly asked: { shelf: number; sign: number };
  /** Requests whose connection ended before they were answered. */
  readonly givenUp: () => number;
  /** While held, the shelf answers nothing; let go, it answers those that wait, too. */
  readonly hold: () => void;
  readonly letGo: () => void;
  close(): Promise<void>;
}

export async function slowSubgraphs(options: GivenOptions): Promise<SlowSubgraphs> {
  const asked = { shelf: 0, sign: 0 };
  let givenUp = 0;
  let held = Promise.resolve();
  let letGo = () => {};
  const servers: Server[] = [];
  const start = async (name: keyof typeof sdls) => {
    const typeDefs = parse(`extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key"])
      ${sdls[name]}`);
    const schema = buildSubgraphSchema([{ typeDefs, resolvers: resolvers[name] }]);
    const answer = async (request: IncomingMessage, response: ServerResponse) => {
      asked[name] += 1;
      response.once('close', () => (givenUp += response.writableFinished ? 0 : 1));
      let body = '';
      for await (const chunk of request) body += String(chunk);
      if (name === 'shelf') await held;
      const { query: source, variables: variableValues } = JSON.parse(body);
      const result = await graphql({ schema, source, variableValues });
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result));
    };
    const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { name, typeDefs, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
  };
  const services = [await start('shelf'), await start('sign')];
  const { supergraphSdl } = composeServices(services);
  if (!supergraphSdl) throw new Error('the two subgraphs do not compose');
  const clients = services.map(({ name, url }) => {
    return createHttpSubgraph({ name, url, clock: systemClock, options: name === 'shelf' ? options : {} });
  });
  return {
    supergraphSdl,
    clients,
    asked,
    givenUp: () => givenUp,
    hold() {
      held = new Promise((resolve) => (letGo = resolve));
    },
    letGo: () => letGo(),
    async close() {
      letGo();
      for (const client of clients) await client.close();
      for (const server of servers) server.closeAllConnections();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}
