// The four subgraphs of the public federation benchmark: accounts, inventory, products, reviews. Answers are constant and come at once:
// what is measured is the gateway.
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';

type Resolvers = Record<string, Record<string, unknown>>;

export interface BenchSubgraph {
  readonly name: string;
  readonly sdl: string;
  readonly resolvers: Resolvers;
}

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable", "@external", "@requires", "@provides"])\n`;

// As long as the names of the benchmark's answer, whose size is known.
const users = [
  ['Grace Hopper', 'gh'],
  ['Ada Lovelace', 'al'],
  ['Donald Knuth', 'dk'],
  ['Alan Turing', 'tur'],
  ['Tony Hoare', 'tony'],
  ['Edgar Codd', 'codd'],
].map(([name, username], index) => ({ id: String(index + 1), name, username, birthday: 1234567890 }));

const names = ['Table', 'Couch', 'Glass', 'Chair', 'TV', 'Lamp', 'Grill', 'Fridge', 'Sofa'];
const prices = [899, 1299, 15, 499, 1299, 6999, 3999, 100000, 9999];
const weights = [100, 1000, 20, 100, 1000, 300, 2000, 6000, 800];
const products = names.map((name, index) => {
  return { upc: String(index + 1), name, price: prices[index] ?? 0, weight: weights[index] ?? 0 };
});
const inStock = [true, false, false, false, true, true, true, false, true];

const productOf = [1, 1, 1, 1, 2, 2, 2, 2, 3, 4, 4];
const lengths = [445, 300, 280, 140, 445, 300, 280, 140, 140, 140, 800];
const SENTENCE =
  'Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore. ';
const reviews = productOf.map((upc, index) => ({
  id: String(index + 1),
  body: SENTENCE.repeat(9).slice(0, lengths[index] ?? 0),
  product: { upc: String(upc) },
}));

const accounts: BenchSubgraph = {
  name: 'accounts',
  sdl: `${LINK}
    type Query { me: User user(id: ID!): User users: [User] }
    type User @key(fields: "id") { id: ID! name: String username: String @shareable birthday: Int }`,
  resolvers: {
    Query: {
      me: () => users[0],
      user: (_: unknown, { id }: { id: string }) => users.find((user) => user.id === id),
      users: () => users,
    },
    User: { __resolveReference: ({ id }: { id: string }) => users.find((user) => user.id === id) },
  },
};

interface WithDimensions {
  readonly upc: string;
  readonly price?: number;
  readonly weight?: number;
}

const inventory: BenchSubgraph = {
  name: 'inventory',
  sdl: `${LINK}
    type Product @key(fields: "upc") {
      upc: String! weight: Int @external price: Int @external inStock: Boolean
      shippingEstimate: Int @requires(fields: "price weight")
    }`,
  resolvers: {
    Product: {
      __resolveReference: (reference: WithDimensions) => ({
        ...reference,
        inStock: inStock[Number(reference.upc) - 1],
      }),
      shippingEstimate: ({ price = 0, weight = 0 }: WithDimensions) => (price > 1000 ? 0 : Math.floor(weight / 2)),
    },
  },
};

const catalogue: BenchSubgraph = {
  name: 'products',
  sdl: `${LINK}
    type Query { topProducts(first: Int = 5): [Product] }
    type Product @key(fields: "upc") { upc: String! name: String price: Int weight: Int }`,
  resolvers: {
    Query: { topProducts: (_: unknown, { first }: { first: number }) => products.slice(0, first) },
    Product: { __resolveReference: ({ upc }: { upc: string }) => products[Number(upc) - 1] },
  },
};

const opinions: BenchSubgraph = {
  name: 'reviews',
  sdl: `${LINK}
    type Review @key(fields: "id") { id: ID! body: String product: Product author: User @provides(fields: "username") }
    type User @key(fields: "id") { id: ID! username: String @external reviews: [Review] }
    type Product @key(fields: "upc") { upc: String! reviews: [Review] }`,
  resolvers: {
    Review: {
      __resolveReference: ({ id }: { id: string }) => reviews[Number(id) - 1],
      author: () => ({ id: '1', username: 'gh' }),
    },
    User: { reviews: () => reviews.slice(0, 2) },
    Product: { reviews: ({ upc }: { upc: string }) => reviews.filter(({ product }) => product.upc === upc) },
  },
};

export const benchSubgraphs: readonly BenchSubgraph[] = [accounts, inventory, catalogue, opinions];

/** The composed graph with each subgraph at `<origin>/<name>`. */
export function supergraphAt(origin: string): string {
  const services = benchSubgraphs.map(({ name, sdl }) => ({ name, typeDefs: parse(sdl), url: `${origin}/${name}` }));
  const { supergraphSdl, errors } = composeServices(services);
  if (!supergraphSdl) throw new Error(errors?.map(({ message }) => message).join('; '));
  return supergraphSdl;
}

export const QUERY = `fragment User on User { id username name }
fragment Review on Review { id body }
fragment Product on Product { inStock name price shippingEstimate upc weight }
query TestQuery {
  users {
    ...User
    reviews { ...Review product { ...Product reviews { ...Review author { ...User reviews { ...Review product { ...Product } } } } } }
  }
  topProducts {
    ...Product
    reviews { ...Review author { ...User reviews { ...Review product { ...Product } } } }
  }
}`;
