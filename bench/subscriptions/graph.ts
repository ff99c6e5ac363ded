// Two subgraphs: one tells stock changes and the moment each came to the gateway, the other knows what the things are called. Counts
// how often the second one is asked.
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { Executor } from '#platform/graphql/executor.ts';
import { type PushStream, pushStream } from '#platform/messaging/stream.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import type { SubgraphClient } from '../../gateway/subgraph-client.ts';
import { now } from './moment.ts';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key"])\n';
const STOCK = `${LINK}
  type Query { changes: Int! }
  type Subscription { stockChanged(skus: [ID!]!, after: String): StockChangedEvent! }
  type StockChangedEvent { cursor: String! at: String! position: StockPosition! }
  type StockPosition { sku: ID! location: ID! onHand: Int! variant: Variant! }
  type Variant @key(fields: "sku", resolvable: false) { sku: ID! }`;
const CATALOGUE = `${LINK}
  type Query { variant(sku: ID!): Variant }
  type Variant @key(fields: "sku") { sku: ID! title: String! }`;

export const SUBSCRIPTION = `subscription ($skus: [ID!]!) {
  stockChanged(skus: $skus) { cursor at position { sku location onHand variant { sku title } } }
}`;

interface Change {
  readonly stockChanged: object;
}

export interface BenchGraph {
  readonly supergraphSdl: string;
  readonly subgraphs: readonly SubgraphClient[];
  /** One stock change arrives at the gateway. */
  tell(): void;
  counts(): { readonly changes: number; readonly streams: number; readonly joins: number };
}

export function openGraph(): BenchGraph {
  const streams = new Set<PushStream<Change>>();
  let changes = 0;
  let joins = 0;
  const follow = () => {
    const overflow = () => new Error('the gateway reads too slowly');
    const stream = pushStream<Change>({ capacity: 1_000, overflow, onEnd: () => streams.delete(stream) });
    streams.add(stream);
    return stream;
  };
  const title = ({ sku }: { sku: string }) => ({ sku, title: `Title of ${sku}` });
  const stock = executorOf(STOCK, { Subscription: { stockChanged: { subscribe: follow } } });
  const catalogue = executorOf(CATALOGUE, { Variant: { __resolveReference: title } });
  const { supergraphSdl } = composeServices([
    { name: 'stock', typeDefs: parse(STOCK), url: 'http://in-process.invalid/stock' },
    { name: 'catalogue', typeDefs: parse(CATALOGUE), url: 'http://in-process.invalid/catalogue' },
  ]);
  if (!supergraphSdl) throw new Error('the graph does not compose');
  return {
    supergraphSdl,
    subgraphs: [clientOf('stock', stock, () => undefined), clientOf('catalogue', catalogue, () => (joins += 1))],
    tell() {
      changes += 1;
      const position = { sku: 'PEN', location: '4012345000009', onHand: changes, variant: { sku: 'PEN' } };
      const change = { stockChanged: { cursor: `cursor-${changes}`, at: now(), position } };
      for (const stream of streams) stream.push(change);
    },
    counts: () => ({ changes, streams: streams.size, joins }),
  };
}

function executorOf(sdl: string, resolvers: object): Executor {
  return new Executor(buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers }] as never), silentLogger);
}

function clientOf(name: string, executor: Executor, onExecute: () => void): SubgraphClient {
  return {
    name,
    execute(request) {
      onExecute();
      return executor.execute(request, undefined);
    },
    subscribe: (request) => executor.subscribe(request, () => undefined),
    close: () => Promise.resolve(),
  };
}
