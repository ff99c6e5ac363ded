// A subgraph's HTTP port that behaves as the test says: down, slow, or answering nonsense. It counts what reached it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SubgraphClient } from '../../gateway/subgraph-client.ts';
import { createHttpSubgraph } from '../../gateway/transports/http-subgraph.ts';
import type { GivenOptions } from '../../gateway/transports/subgraph-options.ts';
import { TestClock, testKeys } from './graph.ts';

export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

export interface BrokenSubgraph {
  readonly client: SubgraphClient;
  /** Requests that arrived, whole or in part. */
  readonly arrived: () => number;
  behave(how: Behaviour): void;
  close(): Promise<void>;
}

export async function brokenSubgraph(name: string, options: GivenOptions): Promise<BrokenSubgraph> {
  let behaviour: Behaviour = (_request, response) => void response.destroy();
  let arrived = 0;
  const server = createServer((request, response) => {
    arrived += 1;
    behaviour(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/graphql`;
  return {
    client: createHttpSubgraph({ name, url, key: testKeys.request, clock: new TestClock(), options }),
    arrived: () => arrived,
    behave(how) {
      behaviour = how;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
