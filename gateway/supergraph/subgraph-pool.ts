// Clients of the subgraphs of several generations: what stayed where it was keeps its connections, what nobody uses any more is closed.
import type { SubgraphClient } from '../subgraph-client.ts';
import type { SubgraphPlace } from './inspect.ts';

export interface TakenClients {
  readonly clients: readonly SubgraphClient[];
  readonly release: () => Promise<void>;
}

export class SubgraphPool {
  readonly #open: (place: SubgraphPlace) => SubgraphClient;
  readonly #clients = new Map<string, { readonly client: SubgraphClient; users: number }>();

  constructor(open: (place: SubgraphPlace) => SubgraphClient) {
    this.#open = open;
  }

  take(places: readonly SubgraphPlace[]): TakenClients {
    const taken = places.map((place) => {
      const key = `${place.name}\n${place.url}`;
      const shared = this.#clients.get(key) ?? { client: this.#open(place), users: 0 };
      shared.users += 1;
      this.#clients.set(key, shared);
      return { key, shared };
    });
    return {
      clients: taken.map(({ shared }) => shared.client),
      release: async () => {
        const unused = taken.filter(({ shared }) => {
          shared.users -= 1;
          return shared.users === 0;
        });
        for (const { key } of unused) this.#clients.delete(key);
        await Promise.all(unused.map(({ shared }) => shared.client.close()));
      },
    };
  }
}
