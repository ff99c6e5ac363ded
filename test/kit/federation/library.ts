// A graph of somebody else, with what trips gateways: names with dashes, a custom scalar, a requirement, an interface object, a
// mutation that a second subgraph's field hangs on, and live data.
import type { ForeignSubgraph } from './foreign-subgraphs.ts';

const books = [
  { __typename: 'Book', id: '1', title: 'Emma', weight: 300, printed: '1815-12-23' },
  { __typename: 'Book', id: '2', title: 'Persuasion', weight: 1_200, printed: '1817-12-20' },
  { __typename: 'Film', id: '3', title: 'Clueless', minutes: 97 },
];
const byId = ({ id }: { id: string }) => books.find((book) => book.id === id) ?? null;

async function* ticks(count: number, everyMs: number) {
  for (let index = 0; index < count; index += 1) {
    if (everyMs > 0) await new Promise((resolve) => setTimeout(resolve, everyMs));
    yield { rated: { ...books[index % 2], stars: index } };
  }
}

export const library: readonly ForeignSubgraph[] = [
  {
    name: 'book-catalogue',
    typeDefs: `
      scalar Day
      interface Work @key(fields: "id") { id: ID! title: String! }
      type Book implements Work @key(fields: "id") { id: ID! title: String! weight: Int! printed: Day }
      type Film implements Work @key(fields: "id") { id: ID! title: String! minutes: Int! }
      union Anything = Book | Film
      type Query { works: [Work!]! book(id: ID!): Book anything: [Anything!]! slow(ms: Int!): String }
      type Mutation { rename(id: ID!, title: String!): Book }
      type Subscription { rated(count: Int!, everyMs: Int = 0): Book }
    `,
    resolvers: {
      Query: {
        works: () => books,
        anything: () => books,
        book: (_: unknown, { id }: { id: string }) => byId({ id }),
        slow: (_: unknown, { ms }: { ms: number }) =>
          new Promise((resolve) => setTimeout(() => resolve(`after ${ms} ms`), ms)),
      },
      Mutation: {
        rename: (_: unknown, { id, title }: { id: string; title: string }) => ({ ...byId({ id }), title }),
      },
      Subscription: {
        rated: {
          subscribe: (_: unknown, { count, everyMs }: { count: number; everyMs: number }) => ticks(count, everyMs),
        },
      },
      Book: { __resolveReference: byId },
      Film: { __resolveReference: byId },
      Work: { __resolveReference: byId },
    },
  },
  {
    name: 'reviews.v2',
    typeDefs: `
      type Work @key(fields: "id") @interfaceObject { id: ID! stars: Int }
      type Query { best: Work }
    `,
    resolvers: {
      Query: { best: () => ({ id: '2' }) },
      Work: {
        __resolveReference: ({ id }: { id: string }) => ({ id }),
        stars: ({ id }: { id: string }) => Number(id) + 2,
      },
    },
  },
  {
    name: '2-parcels',
    typeDefs:
      'type Book @key(fields: "id") { id: ID! weight: Int! @external postage: Int @requires(fields: "weight") }',
    resolvers: {
      Book: {
        __resolveReference: (key: object) => key,
        postage: ({ weight }: { weight: number }) => (weight > 1_000 ? 5 : 2),
      },
    },
  },
];
