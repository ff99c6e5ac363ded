// Two subgraphs that know nothing of Tillgraph, on ports 4101 and 4102, for examples/foreign/supergraph.graphql: any server that speaks
// GraphQL over HTTP and answers `_entities` would do.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buildSchema, type GraphQLSchema, graphql } from 'graphql';

const titles = new Map([
  ['1', 'Emma'],
  ['2', 'Persuasion'],
]);
const stars = new Map([['1', 4]]);

interface Keys {
  readonly representations: readonly { readonly id: string }[];
}

const book = (id: string) => ({ __typename: 'Book', id, title: titles.get(id), stars: stars.get(id) });
const root = {
  books: () => [...titles.keys()].map(book),
  _entities: ({ representations }: Keys) => representations.map(({ id }) => book(id)),
};
const ENTITIES = 'scalar _Any union _Entity = Book';
const entities = '_entities(representations: [_Any!]!): [_Entity]!';

async function answer(schema: GraphQLSchema, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = (await request.setEncoding('utf8').toArray()).join('');
  const { query, variables } = JSON.parse(body) as { query: string; variables?: Record<string, unknown> };
  const result = await graphql({ schema, source: query, variableValues: variables ?? {}, rootValue: root });
  response.setHeader('content-type', 'application/json').end(JSON.stringify(result));
}

function serve(schema: GraphQLSchema, port: number): void {
  const server = createServer((request, response) => void answer(schema, request, response));
  server.listen(port, '127.0.0.1', () => process.stdout.write(`ready http://127.0.0.1:${port}/graphql\n`));
}

serve(buildSchema(`${ENTITIES} type Book { id: ID! title: String } type Query { books: [Book!]! ${entities} }`), 4101);
serve(buildSchema(`${ENTITIES} type Book { id: ID! stars: Int } type Query { ${entities} }`), 4102);
