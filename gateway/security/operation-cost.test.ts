// What operations cost, by @cost and @listSize as a supergraph says them, renamed or not.
import { type FragmentDefinitionNode, getOperationAST, Kind, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { buildApiSchema } from '../engine/api-schema.ts';
import { amountUnder, type Variables } from './amount.ts';
import { CostSchema } from './cost-schema.ts';
import { UnclearSize } from './list-sizes.ts';
import { operationCost } from './operation-cost.ts';

const LINK = '@link(url: "https://specs.apollo.dev/cost/v0.1")';
const supergraph = (link = LINK, cost = 'cost', listSize = 'cost__listSize') =>
  parse(`
  schema ${link} { query: Query mutation: Mutation }
  directive @${cost}(weight: Int!) on FIELD_DEFINITION | OBJECT | SCALAR | ENUM | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION
  directive @${listSize}(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION
  type Query {
    book(id: ID!): Book
    books(first: Int, last: Int): [Book] @${listSize}(slicingArguments: ["first", "last"], assumedSize: 50)
    bestsellers(first: Int = 20): [Book] @${listSize}(slicingArguments: ["first"], requireOneSlicingArgument: false)
    shelf(first: Int): Shelf! @${listSize}(slicingArguments: ["first"], sizedFields: ["books"], requireOneSlicingArgument: false, assumedSize: 30)
    byIds(ids: [ID!]!): [Book]! @${listSize}(assumedSize: 1)
    paged(page: Page): [Book] @${listSize}(slicingArguments: ["page.first"])
    anything: [Thing!]!
    search(filter: Filter): [Book] @${listSize}(assumedSize: 2)
  }
  type Mutation { add(books: [Filter!]! ): Book }
  input Page { first: Int }
  input Filter { title: String  tags: [String] @${cost}(weight: 2)  or: [Filter] }
  type Shelf { books: [Book!]!  name: String }
  interface Thing { id: ID  maker: Author }
  type Book implements Thing { id: ID  title: String  maker: Author  cover: Cover @${cost}(weight: 7)  editions(locations: [ID!]): [Book] @${listSize}(assumedSize: 5) }
  type Cover { url: String }
  type Author @${cost}(weight: 4) { name: String  blurb: Text }
  type Pen implements Thing { id: ID  maker: Author  ink: Ink }
  type Ink { colour: String }
  scalar Text @${cost}(weight: 3)
`);

function compiled(text: string, document = supergraph(), leafCost = 0) {
  const schema = new CostSchema(document, buildApiSchema(document), leafCost);
  const operation = parse(text);
  const fragments = new Map(
    operation.definitions.flatMap((node): [string, FragmentDefinitionNode][] =>
      node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [],
    ),
  );
  const definition = getOperationAST(operation);
  if (!definition) throw new Error('no operation');
  return operationCost(schema, definition, fragments, 10);
}
const cost = (text: string, variables: Variables = {}) => amountUnder(compiled(text).cost, variables);

describe('an operation costs', () => {
  it.each([
    ['an object 1, a leaf nothing', '{ book(id: 1) { id title } }', 1],
    ['what @cost says of a field, else of its type', '{ book(id: 1) { cover { url } maker { name } } }', 1 + 7 + 4],
    ['what @cost says of a scalar', '{ book(id: 1) { maker { blurb } } }', 1 + 4 + 3],
    ['a list as long as it is asked for', '{ books(first: 3) { maker { name } } }', 3 * (1 + 4)],
    ['a list as long as the default of its argument', '{ bestsellers { id } }', 20],
    ['a list as long as assumed', '{ anything { id } }', 10 * 4 - 10 * 3],
    ['the list within, where that is what is sized', '{ shelf(first: 3) { books { maker { name } } } }', 1 + 3 * 5],
    ['as assumed, where nothing sizes the list within', '{ shelf { books { id } } }', 1 + 30],
    ['an entry for each key', '{ byIds(ids: [1, 2, 3]) { id } }', 3],
    ['at most an entry for each that is named', '{ book(id: 1) { editions(locations: [1, 2]) { id } } }', 1 + 2],
    ['as assumed, where the names are left empty', '{ book(id: 1) { editions(locations: []) { id } } }', 1 + 5],
    ['by an argument within an object', '{ paged(page: { first: 4 }) { id } }', 4 + 1],
    [
      'objects and what @cost says of what is sent',
      '{ search(filter: { tags: [1, 2], or: [{}, {}] }) { id } }',
      2 + 1 + 4 + 2,
    ],
    ['10 for a mutation', 'mutation { add(books: [{}, {}]) { id } }', 10 + 2 + 1],
    [
      'the dearest of the types an object can be',
      '{ anything { id ... on Book { cover { url } } ... on Pen { ink { colour } } } }',
      10 * (1 + 7),
    ],
    [
      'a field once, however often it is written',
      '{ book(id: 1) { ...A ...A maker { name } } } fragment A on Book { maker { name } }',
      1 + 4,
    ],
    ['nothing for what is left out', '{ book(id: 1) { maker @include(if: false) { name } } }', 1],
    ['much for the schema', '{ __schema { types { name } } }', 200],
  ])('%s', (_, text, expected) => {
    expect(cost(text)).toBe(expected);
  });

  it('what its variables say', () => {
    const text =
      'query ($n: Int, $ids: [ID!]!, $with: Boolean!) { books(first: $n) { id maker @include(if: $with) { name } } byIds(ids: $ids) { id } }';
    expect(cost(text, { n: 3, ids: ['a', 'b'], with: false })).toBe(3 + 2);
    expect(cost(text, { n: 1_000, ids: [], with: true })).toBe(5_000);
    expect(cost(text, { n: -5, ids: [], with: true })).toBe(0);
    expect(cost('query ($f: Filter) { search(filter: $f) { id } }', { f: { or: [{ or: [{}] }] } })).toBe(2 + 3);
  });

  it('a number, once and for all, where no variable decides', () => {
    expect(typeof compiled('query ($n: Int) { books(first: $n) { id } }').cost).toBe('function');
    expect(typeof compiled('{ books(first: 3) { id } }').cost).toBe('number');
    expect(typeof compiled('query ($id: ID!) { book(id: $id) { maker { name } } }').cost).toBe('number');
  });

  it('nothing clear where the schema wants one of two sizes and got none, or both', () => {
    expect(() => cost('{ books { id } }')).toThrow(UnclearSize);
    expect(() => cost('{ books(first: 1, last: 1) { id } }')).toThrow('exactly one of first, last');
    expect(() => cost('query ($n: Int) { books(first: $n) { id } }')).toThrow(UnclearSize);
  });

  it('most at the place it tells', () => {
    const text =
      'query ($n: Int) { shelf(first: $n) { name books { editions { maker { name } cover { url } } } } book(id: 1) { id } }';
    expect(compiled(text).heaviest({ n: 30 })).toBe('shelf.books.editions.cover');
  });

  it('the same under other names of the directives', () => {
    const renamed = supergraph(
      '@link(url: "https://specs.apollo.dev/cost/v0.1", as: "price", import: [{ name: "@listSize", as: "@long" }])',
      'price',
      'long',
    );
    const text = '{ books(first: 3) { cover { url } } }';
    expect(amountUnder(compiled(text, renamed).cost, {})).toBe(3 * 8);
    const unlinked = supergraph('@link(url: "https://specs.apollo.dev/inaccessible/v0.2")');
    expect(amountUnder(compiled(text, unlinked).cost, {})).toBe(10 * 2);
  });

  it('for leaves what the settings say', () => {
    expect(
      amountUnder(compiled('{ books(first: 10) { a: title b: title id } }', supergraph(), 0.1).cost, {}),
    ).toBeCloseTo(13);
  });
});
