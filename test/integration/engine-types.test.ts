// Places where objects of several types may stand, and each type is asked for something else: planners merge what they should not, or
// forget what decides. Found by random operations (engine-differential.test.ts).
import { parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTillgraphEngine } from '../../gateway/engine/tillgraph-engine.ts';
import { ask } from '../kit/federation/ask.ts';
import type { ForeignSubgraph } from '../kit/federation/foreign-subgraphs.ts';
import { type Shape, shapeOf } from '../kit/federation/shape.ts';
import { composeWorld } from '../kit/federation/world.ts';
import { worlds } from '../kit/federation/worlds.ts';

const media = [
  { __typename: 'Book', id: 'b' },
  { __typename: 'Film', id: 'f' },
];

const subgraphs: readonly ForeignSubgraph[] = [
  {
    name: 'catalogue',
    typeDefs: `
      type Query { media: [Media!]! }
      interface Media @key(fields: "id") { id: ID! }
      type Book implements Media @key(fields: "id") { id: ID! pages: Int }
      type Film implements Media @key(fields: "id") { id: ID! }`,
    resolvers: {
      Query: { media: () => media },
      Media: { __resolveReference: ({ id }: { id: string }) => media.find((each) => each.id === id) },
    },
  },
  {
    name: 'ratings',
    typeDefs: `
      type Query { best: [Media!]! }
      type Media @key(fields: "id") @interfaceObject {
        id: ID! score: Float opinions(min: Int): [Opinion!]! rank: Int! }
      type Opinion { text: String }`,
    resolvers: {
      Query: { best: () => media.map(({ id }) => ({ id })) },
      Media: {
        __resolveReference: ({ id }: { id: string }) => ({ id }),
        score: ({ id }: { id: string }) => id.length,
        opinions: ({ id }: { id: string }) => refuse(id, 'f') ?? [{ text: `of ${id}` }],
        rank: ({ id }: { id: string }) => refuse(id, 'b') ?? 1,
      },
    },
  },
];

/** What nobody should ask of that one. */
function refuse(id: string, refused: string): undefined {
  if (id === refused) throw new Error(`${id} has none`);
}

describe('an interface object', () => {
  let shape: Shape;
  beforeAll(async () => {
    shape = await shapeOf(subgraphs);
  });
  afterAll(() => shape.close());

  it('is asked of each type for what that type is asked for, in one request', async () => {
    const source = '{ media { ... on Book { pages opinions(min: 1) { text } } ... on Film { score rank } } }';
    expect(await shape.ask(source)).toEqual({
      data: {
        media: [
          { pages: null, opinions: [{ text: 'of b' }] },
          { score: 1, rank: 1 },
        ],
      },
    });
    expect(shape.sent.filter((operation) => operation.startsWith('ratings'))).toHaveLength(1);
  });

  it('takes only variables along that it uses', async () => {
    const source =
      'query ($min: Int) { media { ... on Book { score opinions(min: $min) { text } } ... on Film { score } } best { id } }';
    expect(await shape.ask(source)).toEqual({
      data: { media: [{ score: 1, opinions: [{ text: 'of b' }] }, { score: 1 }], best: [{ id: 'b' }, { id: 'f' }] },
    });
  });

  it('is asked for its type where only that decides who sees a field of its own', async () => {
    const score = '... on Film { score } ... on Book { score }';
    expect(await shape.ask(`{ best { ${score} } }`)).toEqual({ data: { best: [{ score: 1 }, { score: 1 }] } });
    expect(await shape.ask('{ best { ... on Film { score } } }')).toEqual({ data: { best: [{}, { score: 1 }] } });
  });
});

describe('a requirement of an interface object', () => {
  const items = [
    { __typename: 'Scroll', id: 's', worth: 10 },
    { __typename: 'Chart', id: 'c', worth: 20 },
  ];
  const byId = ({ id }: { id: string }) => items.find((item) => item.id === id);
  let shape: Shape;
  beforeAll(async () => {
    shape = await shapeOf([
      {
        name: 'catalogue',
        typeDefs: `
          type Query { items: [Item!]! }
          interface Item @key(fields: "id") { id: ID! worth: Int }
          type Scroll implements Item @key(fields: "id") { id: ID! worth: Int }
          type Chart implements Item @key(fields: "id") { id: ID! worth: Int }`,
        resolvers: { Query: { items: () => items }, Item: { __resolveReference: byId } },
      },
      {
        name: 'ratings',
        typeDefs: `
          type Query { best: [Item] }
          type Item @key(fields: "id") @interfaceObject {
            id: ID! stars: Int worth: Int @external insured: Int @requires(fields: "worth") }`,
        resolvers: {
          Query: { best: () => items.map(({ id }) => ({ id })) },
          Item: {
            __resolveReference: (told: object) => told,
            stars: () => 5,
            insured: ({ worth = 0 }: { worth?: number }) => worth * 2,
          },
        },
      },
    ]);
  });
  afterAll(() => shape.close());

  it('of one type holds up no field of the others', async () => {
    expect(await shape.ask('{ items { id stars ... on Chart { insured } } }')).toEqual({
      data: {
        items: [
          { id: 's', stars: 5 },
          { id: 'c', stars: 5, insured: 40 },
        ],
      },
    });
  });

  it('is told also where the same is asked elsewhere without a type', async () => {
    const archive = worlds.find(({ name }) => name.startsWith('archive'));
    if (!archive) throw new Error('no world archive');
    const world = composeWorld(archive)({ seed: 1, nulls: 10, failures: 0 });
    const engine = await createTillgraphEngine(world.supergraphSdl, world.clients);
    const source =
      '{ best { id ... on Scroll { length id } ... on Chart { worth insured ... on Item { title worth } } } favourites { insured } }';
    const right = await world.rightAnswer(parse(source), {});
    expect(right.data).toMatchObject({
      best: expect.arrayContaining([{ id: 'id~Chart#1', worth: 157, insured: 484, title: expect.anything() }]),
    });
    expect(await ask(engine, source)).toEqual(right);
    await engine.stop();
  });
});

it('an interface object that tells no type is asked for what some types are asked for when its type is known', async () => {
  const archive = worlds.find(({ name }) => name.startsWith('archive'));
  if (!archive) throw new Error('no world archive');
  const world = composeWorld(archive)({ seed: 1, nulls: 10, failures: 4 });
  const engine = await createTillgraphEngine(world.supergraphSdl, world.clients);
  // It is a chart, and its stars, which only scrolls are asked for, fail.
  const source = `{
      favourite { ...Item ...Gone worth } missing { ... on Scroll { worth insured title } ... on Chart { title stars(of: 1) } } shelf { stars insured }
    }
    fragment Item on Item { ... on Chart { __typename lastSeen worth scale } ... on Scroll { worth title length __typename } }
    fragment Gone on Gone { ... on Scroll { worth stars id } __typename }`;
  expect(await ask(engine, source)).toEqual(await world.rightAnswer(parse(source), {}));
  await engine.stop();
});

describe('members of a union', () => {
  it('of which one may lack what the other always has: the planner’s own name for it is followed', async () => {
    const accounts = [
      { __typename: 'User', id: 'u', name: 'user' },
      { __typename: 'Admin', id: 'a', name: 'admin' },
    ];
    const shape = await shapeOf([
      {
        name: 'users',
        typeDefs: `type Query { users: [User!]! } type User @key(fields: "id") { id: ID @shareable name: String! @shareable }`,
        resolvers: { Query: { users: () => accounts.slice(0, 1) } },
      },
      {
        name: 'accounts',
        typeDefs: `
          type Query { accounts: [Account!]! } union Account = User | Admin
          type User @key(fields: "id") { id: ID! @shareable name: String! @shareable near: [Account!]! }
          type Admin { id: ID name: String! near: [Account!]! }`,
        resolvers: {
          Query: { accounts: () => accounts },
          User: { near: () => accounts },
          Admin: { near: () => accounts },
        },
      },
    ]);
    const all = (inner: string) => `... on User { id name ${inner} } ... on Admin { id name ${inner} }`;
    const seen = accounts.map(({ id, name }) => ({ id, name }));
    expect(await shape.ask(`{ users { id name } accounts { ${all(`near { ${all('')} }`)} } }`)).toEqual({
      data: { users: seen.slice(0, 1), accounts: seen.map((account) => ({ ...account, near: seen })) },
    });
    await shape.close();
  });
});
