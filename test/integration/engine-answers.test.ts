// What the engine sends to subgraphs and what it makes of their answers: each thing asked once, each error at the places clients see,
// nothing missing without a word.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Fault } from '#platform/errors/fault.ts';
import type { QueryEngine } from '../../gateway/engine/engine.ts';
import { startHivePlanner } from '../../gateway/engine/hive-planner.ts';
import { createTillgraphEngine } from '../../gateway/engine/tillgraph-engine.ts';
import type { OperationResult } from '../../gateway/subgraph-client.ts';
import { ask, type Reply, type ScriptedSubgraph, scriptedSubgraph } from '../kit/federation/ask.ts';
import { composeWorld } from '../kit/federation/world.ts';
import { worlds } from '../kit/federation/worlds.ts';

const graph = composeWorld({
  name: 'scripted',
  subgraphs: {
    products: `
      type Query { products: [Product!] best: Product numbers: Numbers }
      type Mutation { touch(upc: ID!): Product }
      type Product @key(fields: "upc") { upc: ID! name: String! }
      type Numbers { int: Int float: Float text: String id: ID yes: Boolean any: Any kind: Kind list: [Int!] }
      enum Kind { ONE TWO }
      scalar Any`,
    stock: `type Product @key(fields: "upc") { upc: ID! stock: Int count: Int! similar: [Product!] }`,
  },
})({ seed: 1, nulls: 0, failures: 0 });

let engine: QueryEngine;
let products: ScriptedSubgraph;
let stock: ScriptedSubgraph;
let answerProducts: Reply;
let answerStock: Reply;

/** Under every key the operation has for the field. */
const underEach = (query: string, field: string, value: unknown) => {
  const keys = [...query.matchAll(new RegExp(`(?:(\\w+): )?\\b${field}\\b`, 'g'))].map((match) => match[1] ?? field);
  return { data: Object.fromEntries(keys.map((key) => [key, value])) };
};
const upcs = (...list: string[]) => list.map((upc) => ({ __typename: 'Product', upc, name: `name ${upc}` }));
/** Entities that were asked for, by request. */
const asked = () => stock.requests.map(({ variables }) => Object.values(variables ?? {}).flat());
/** Answers the field of every group of entities: the entity of an index, or the same for all. */
const entities = (of: (index: number) => unknown): Reply => {
  return ({ query, variables }) => {
    const groups = [...query.matchAll(/(?:(\w+): )?_entities\(representations: ?\$(\w+)\)/g)];
    const listOf = (variable = '') => ((variables?.[variable] ?? []) as unknown[]).map((_, index) => of(index));
    return { data: Object.fromEntries(groups.map(([, alias, variable]) => [alias ?? '_entities', listOf(variable)])) };
  };
};
const each = (entity: object): Reply => entities(() => entity);

beforeAll(async () => {
  products = scriptedSubgraph('products', (request) => answerProducts(request));
  stock = scriptedSubgraph('stock', (request) => answerStock(request));
  engine = await createTillgraphEngine(graph.supergraphSdl, [products, stock]);
});
afterAll(() => engine.stop());
beforeEach(() => {
  products.requests.length = 0;
  stock.requests.length = 0;
  answerProducts = ({ query }) => underEach(query, 'products', upcs('1', '2', '1'));
  answerStock = each({ stock: 7, count: 3 });
});

describe('a fetch', () => {
  it('sends each entity once, and answers it everywhere', async () => {
    const { data } = await ask(engine, '{ a: products { upc stock } b: products { name s: stock } }');
    expect(products.requests).toHaveLength(1);
    expect(asked()).toEqual([
      [
        { __typename: 'Product', upc: '1' },
        { __typename: 'Product', upc: '2' },
      ],
    ]);
    const a = ['1', '2', '1'].map((upc) => ({ upc, stock: 7 }));
    const b = ['1', '2', '1'].map((upc) => ({ name: `name ${upc}`, s: 7 }));
    expect(data).toEqual({ a, b });
  });

  it('of a root field that changes something is sent as often as it was asked for', async () => {
    answerProducts = ({ query }) => underEach(query, 'touch', upcs('1')[0]);
    const { data } = await ask(engine, 'mutation { touch(upc: "1") { upc } again: touch(upc: "1") { upc } }');
    expect(data).toEqual({ touch: { upc: '1' }, again: { upc: '1' } });
    expect(products.requests.map(({ query }) => query.match(/touch\(/g)?.length)).toEqual([2]);
  });
});

describe('an error of a subgraph', () => {
  it('is told at every place clients see it', async () => {
    answerStock = async (request) => {
      const alias = /(\w+): _entities/.exec(request.query)?.[1] ?? '_entities';
      const lost = { message: 'lost', path: [alias, 0, 'stock'], extensions: { code: 'FORBIDDEN' } };
      const { data = null } = await entities((index) => ({ stock: index === 0 ? null : 2 }))(request);
      return { data, errors: [lost] };
    };
    const { data, errors } = await ask(engine, '{ a: products { s: stock } b: products { stock } }');
    expect(data).toEqual({
      a: [{ s: null }, { s: 2 }, { s: null }],
      b: [{ stock: null }, { stock: 2 }, { stock: null }],
    });
    const paths = ['a.0.s', 'a.2.s', 'b.0.stock', 'b.2.stock'];
    expect(errors?.map(({ path }) => path?.join('.')).toSorted()).toEqual(paths);
    expect(errors?.[0]).toMatchObject({ message: 'lost', extensions: { code: 'FORBIDDEN' } });
  });

  it('that left no data says so alone: the operation did not run', async () => {
    answerProducts = () => ({ errors: [{ message: 'no', extensions: { code: 'BAD_USER_INPUT' } }] });
    const answer = await ask(engine, '{ products { upc } }');
    expect(answer).toEqual({ errors: [{ message: 'no', extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  it('that left no data and is no mistake of the client is an answer: its fields are null', async () => {
    answerProducts = () => ({ errors: [{ message: 'down', extensions: { code: 'INTERNAL_SERVER_ERROR' } }] });
    expect(await ask(engine, '{ products { upc } }')).toMatchObject({
      data: { products: null },
      errors: [{ message: 'down' }],
    });
  });
});

describe('a subgraph that cannot be reached', () => {
  it('leaves the rest of the answer, with one error at the first of its places', async () => {
    answerStock = () => Promise.reject(new Fault('SUBGRAPH_UNAVAILABLE', 'The subgraph stock did not answer'));
    const { data, errors } = await ask(engine, '{ products { upc stock } }');
    expect(data).toEqual({ products: ['1', '2', '1'].map((upc) => ({ upc, stock: null })) });
    expect(errors).toMatchObject([{ message: 'The subgraph stock did not answer', path: ['products', 0] }]);
  });
});

describe('an answer that is none', () => {
  const nothing: readonly [string, OperationResult][] = [
    ['data that is null', { data: null }],
    ['a list of entities that is too short', { data: { _entities: [{ stock: 1 }] } }],
    ['no list of entities', { data: {} }],
    ['an entity that is no object', { data: { _entities: [1, 2] } }],
  ];
  it.each(nothing)('%s is an error, never a null without a word', async (_, answer) => {
    answerStock = () => answer;
    const { data, errors } = await ask(engine, '{ products { upc stock } }');
    expect(data).toMatchObject({ products: [{ upc: '1', stock: null }, {}, {}] });
    expect(errors).toMatchObject([{ path: ['products', 0] }]);
  });

  it('without a root field that was asked for is an error', async () => {
    answerProducts = () => ({ data: {} });
    const { data, errors } = await ask(engine, '{ products { upc } }');
    expect(data).toEqual({ products: null });
    expect(errors).toMatchObject([{ path: ['products'] }]);
  });
});

describe('a null', () => {
  it('where none may be goes up to the next field that may, with one error that says where', async () => {
    answerStock = each({ count: null });
    const { data, errors } = await ask(engine, '{ products { c: count } }');
    expect({ data, errors }).toMatchObject({
      data: { products: null },
      errors: [{ message: 'Cannot return null for non-nullable field Product.count.', path: ['products', 0, 'c'] }],
    });
  });

  it('that an error explains gets no second one', async () => {
    answerStock = () => ({
      data: { _entities: [null, { count: 1 }] },
      errors: [{ message: 'lost', path: ['_entities', 0, 'count'] }],
    });
    const { data, errors } = await ask(engine, '{ products { count } }');
    expect(data).toEqual({ products: null });
    expect(errors?.map(({ message }) => message)).toEqual(['lost', 'lost']);
  });
});

describe('a leaf', () => {
  const leaf = async (name: string, value: unknown) => {
    answerProducts = () => ({ data: { numbers: { [name]: value } } });
    const { data, errors } = await ask(engine, `{ numbers { ${name} } }`);
    const { numbers } = data as { numbers: Record<string, unknown> };
    return errors ? 'refused' : numbers[name];
  };
  it.each([
    ['int', 5, 5],
    ['int', -0, 0],
    ['int', '5', 5],
    ['int', 5.5, 'refused'],
    ['int', 2 ** 31, 'refused'],
    ['float', 1e21, 1e21],
    ['float', 3, 3],
    ['float', 'x', 'refused'],
    ['text', 'quote " backslash \\ newline \n é 👋 \ud800', 'quote " backslash \\ newline \n é 👋 \ud800'],
    ['text', 7, '7'],
    ['text', {}, 'refused'],
    ['id', 12, '12'],
    ['yes', false, false],
    ['yes', 'true', 'refused'],
    ['kind', 'ONE', 'ONE'],
    ['kind', 'THREE', 'refused'],
    ['any', { a: [1, null, 'x'] }, { a: [1, null, 'x'] }],
    ['list', [], []],
    ['list', [1, null], null],
    ['list', 'no list', 'refused'],
  ])('%s of %j is %j, as graphql-js has it', async (name, value, expected) => {
    expect(await leaf(name, value)).toEqual(name === 'list' && expected === null ? 'refused' : expected);
  });
});

it('an operation the native planner dies of is refused, and the next one is planned', async () => {
  const media = worlds.find(({ name }) => name.startsWith('media'));
  if (!media) throw new Error('no world of media');
  const planner = await startHivePlanner(composeWorld(media)({ seed: 1, nulls: 0, failures: 0 }).supergraphSdl);
  const deadly = '{ media { ... on Book { x: opinions(min: 1) { id } } ... on Film { x: opinions(min: 2) { id } } } }';
  await expect(planner.plan(deadly)).rejects.toThrow(/ended over an operation|conflict/);
  // Asked for again it ends no further process.
  await expect(planner.plan(deadly)).rejects.toThrow(/ended over this operation before|conflict/);
  expect((await planner.plan('{ media { id } }')).node).toMatchObject({ kind: 'root', subgraph: 'catalogue' });
  await planner.stop();
});
