// A small federated graph whose every kind of element is guarded, over subgraphs that enforce nothing: what does not come is kept by
// the gateway alone. What was asked of a subgraph is written down.
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type DocumentNode, execute, type GraphQLSchema, parse, subscribe } from 'graphql';
import type { OperationResult, SubgraphClient } from '../../../gateway/subgraph-client.ts';

const link = (names: string) =>
  `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", ${names}])\n`;
const NAMES = '"@authenticated", "@requiresScopes", "@policy"';

const shop = `
  type Query {
    open: String
    own: String @authenticated
    must: String! @authenticated
    either: String @requiresScopes(scopes: [["a", "b"], ["c"]])
    approved: String @policy(policies: [["vip", "paid"], ["staff"]])
    vault: Vault
    item: Item
    nodes: [Node]
    labelled: [Labelled!]
    found: [Found]
    code: Code
    level: Level
  }
  type Mutation { free: Int guarded: Int @requiresScopes(scopes: [["w"]]) made: Item }
  type Subscription { ticks: Item secretTicks: Int @authenticated finds: Find }
  type Find { what: Found }
  interface Node { id: ID! }
  interface Labelled { label: String price: Int }
  type Item implements Node & Labelled @key(fields: "id") {
    id: ID!
    label: String
    price: Int @requiresScopes(scopes: [["p"]])
  }
  type Book implements Labelled { label: String price: Int pages: Int }
  type Vault implements Node @requiresScopes(scopes: [["v"]]) {
    id: ID!
    content: String
    more: String @requiresScopes(scopes: [["m"]])
  }
  union Found = Item | Vault
  scalar Code @authenticated
  enum Level @requiresScopes(scopes: [["l"]]) { LOW HIGH }
`;
const stock = `
  type Item @key(fields: "id") { id: ID! stock: Int @requiresScopes(scopes: [["s"]]) near: [Item!] seen: Int }
`;

const item = { __typename: 'Item', id: '1', label: 'one', price: 5, stock: 7, near: [{ id: '2', stock: 7 }], seen: 3 };
const vault = { __typename: 'Vault', id: '9', content: 'gold', more: 'silver' };
const book = { __typename: 'Book', label: 'book', price: 6, pages: 10 };
const root = {
  ...{ open: 'open', own: 'own', must: 'must', either: 'either', approved: 'approved', code: 'x1', level: 'HIGH' },
  ...{ vault, item, nodes: [item, vault], labelled: [item, book], found: [item, vault, null] },
  ...{ free: 1, guarded: 2, made: item },
};

export interface GuardedGraph {
  readonly supergraphSdl: string;
  readonly clients: readonly SubgraphClient[];
  /** Operations sent to subgraphs, by text. */
  readonly sent: string[];
}

export function guardedGraph(): GuardedGraph {
  const documents = Object.entries({ shop, stock }).map(([name, sdl]) => [name, parse(link(NAMES) + sdl)] as const);
  const services = documents.map(([name, typeDefs]) => ({ name, typeDefs, url: `http://${name}.invalid` }));
  const { supergraphSdl, errors } = composeServices(services);
  if (!supergraphSdl) throw new Error(errors?.map(({ message }) => message).join('; '));
  const sent: string[] = [];
  const clients = documents.map(([name, typeDefs]) => clientOf(name, schemaOf(typeDefs), sent));
  return { supergraphSdl, clients, sent };
}

function schemaOf(typeDefs: DocumentNode): GraphQLSchema {
  const resolvers = { Item: { __resolveReference: (key: object) => ({ ...item, ...key }) } };
  return buildSubgraphSchema([{ typeDefs, resolvers }]);
}

function clientOf(name: string, schema: GraphQLSchema, sent: string[]): SubgraphClient {
  return {
    name,
    async execute({ query, variables }) {
      sent.push(query);
      const result = await execute({
        schema,
        document: parse(query),
        variableValues: variables ?? {},
        rootValue: root,
      });
      return JSON.parse(JSON.stringify(result)) as OperationResult;
    },
    async subscribe({ query, variables }) {
      sent.push(query);
      async function* ticks() {
        yield { ticks: item, secretTicks: 1, finds: { what: vault } };
      }
      const rootValue = { ticks, secretTicks: ticks, finds: ticks };
      const events = await subscribe({ schema, document: parse(query), variableValues: variables ?? {}, rootValue });
      return events as AsyncIterableIterator<OperationResult>;
    },
    close: () => Promise.resolve(),
  };
}
