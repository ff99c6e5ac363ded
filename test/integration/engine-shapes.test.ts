// Shapes of supergraphs that trip planners: keys that lead nowhere, requirements that go to and fro, values that clients must not see.
import { describe, expect, it } from 'vitest';
import type { ForeignSubgraph } from '../kit/federation/foreign-subgraphs.ts';
import { shapeOf } from '../kit/federation/shape.ts';

type Question = readonly [source: string, data: unknown];

/** Each question is answered so, and without errors. */
async function expectAnswers(subgraphs: readonly ForeignSubgraph[], questions: readonly Question[]): Promise<void> {
  const shape = await shapeOf(subgraphs);
  for (const [source, data] of questions) expect({ source, ...(await shape.ask(source)) }).toEqual({ source, data });
  await shape.close();
}

describe('keys', () => {
  it('of which only one leads on: that one is sent, with all its fields', () => {
    const code = { shelf: 's', bin: 'b', slot: 't' };
    return expectAnswers(
      [
        {
          name: 'bins',
          typeDefs: `
            type Item @key(fields: "id") @key(fields: "code { shelf bin }", resolvable: false)
              @key(fields: "id code { bin slot }", resolvable: false) { id: ID! code: Code! name: String! }
            type Code { shelf: ID! bin: ID! slot: ID! }`,
          resolvers: { Item: { __resolveReference: ({ id }: { id: string }) => ({ id, code, name: `item ${id}` }) } },
        },
        {
          name: 'picks',
          typeDefs: `
            type Query { items: [Item!]! }
            type Item @key(fields: "code { shelf bin }", resolvable: false) @key(fields: "id code { bin slot }")
              @key(fields: "id", resolvable: false) {
              id: ID! code: Code! name: String! @external label: String! @requires(fields: "name") }
            type Code { shelf: ID! bin: ID! slot: ID! }`,
          resolvers: {
            Query: { items: () => [{ id: '1', code }] },
            Item: {
              __resolveReference: (key: { code: { slot: string } }) => (key.code.slot === 't' ? key : null),
              label: ({ name }: { name: string }) => `pick ${name}`,
            },
          },
        },
      ],
      [['{ items { id name label } }', { items: [{ id: '1', name: 'item 1', label: 'pick item 1' }] }]],
    );
  });

  it('that lead to nothing on the way: null, and no error', () =>
    expectAnswers(
      [
        {
          name: 'shelves',
          typeDefs: 'type Query { books: [Book] } type Book @key(fields: "upc") { upc: ID! }',
          resolvers: { Query: { books: () => [{ upc: 'b1' }, { upc: 'b2' }] } },
        },
        {
          name: 'numbers',
          typeDefs: 'type Book @key(fields: "id") @key(fields: "upc") { id: ID! upc: ID! }',
          resolvers: {
            Book: {
              __resolveReference: ({ upc }: { upc: string }) => (upc === 'b2' ? null : { upc, id: `${upc}-id` }),
            },
          },
        },
        {
          name: 'authors',
          typeDefs: 'type Book @key(fields: "id") { id: ID! author: String }',
          resolvers: { Book: { __resolveReference: ({ id }: { id: string }) => ({ id, author: `author of ${id}` }) } },
        },
      ],
      [
        [
          '{ books { upc author } }',
          {
            books: [
              { upc: 'b1', author: 'author of b1-id' },
              { upc: 'b2', author: null },
            ],
          },
        ],
      ],
    ));
});

it('a requirement of one subgraph that itself requires something of it goes to and fro', () =>
  expectAnswers(
    [
      {
        name: 'posts',
        typeDefs: `
          type Query { feed: [Post] }
          type Post @key(fields: "id") { id: ID! junior: Boolean! @external senior: Boolean! @requires(fields: "junior") }
          type Author @key(fields: "id") { id: ID! years: Int! }`,
        resolvers: {
          Query: { feed: () => [{ id: '1' }, { id: '2' }] },
          Post: { __resolveReference: (key: object) => key, senior: ({ junior }: { junior: boolean }) => !junior },
          Author: { __resolveReference: ({ id }: { id: string }) => ({ id, years: Number(id) * 4 }) },
        },
      },
      {
        name: 'people',
        typeDefs: `
          type Post @key(fields: "id") { id: ID! author: Author! junior: Boolean! @requires(fields: "author { years }") }
          type Author @key(fields: "id") { id: ID! years: Int! @external }`,
        resolvers: {
          Post: {
            __resolveReference: (key: object) => key,
            author: ({ id }: { id: string }) => ({ id }),
            junior: ({ author }: { author: { years: number } }) => author.years < 5,
          },
        },
      },
    ],
    [
      ['{ feed { junior } }', { feed: [{ junior: true }, { junior: false }] }],
      ['{ feed { senior } }', { feed: [{ senior: false }, { senior: true }] }],
    ],
  ));

describe('a value that clients must not see', () => {
  const type = (nullable: boolean): readonly ForeignSubgraph[] => [
    {
      name: 'users',
      typeDefs: `type Query { users: [User!]! } type User { id: ID! kind: Kind${nullable ? '' : '!'} kinds: [Kind] }
        enum Kind { PERSON ROBOT @inaccessible }`,
      resolvers: { Query: { users: () => [{ id: '1', kind: 'ROBOT', kinds: ['PERSON', 'ROBOT'] }] } },
    },
  ];

  it('is null where one may be, and no error', () =>
    expectAnswers(type(true), [
      ['{ users { id kind kinds } }', { users: [{ id: '1', kind: null, kinds: ['PERSON', null] }] }],
    ]));

  it('is an error where none may be, and does not say the value', async () => {
    const shape = await shapeOf(type(false));
    const answer = await shape.ask('{ users { id kind } }');
    expect(answer).toMatchObject({ data: null, errors: [{ path: ['users', 0, 'kind'] }] });
    expect(JSON.stringify(answer)).not.toContain('ROBOT');
    await shape.close();
  });
});

describe('an object of a type that clients must not see', () => {
  const goods = (nullable: boolean): readonly ForeignSubgraph[] => [
    {
      name: 'shelf',
      typeDefs: `type Query { front: Goods${nullable ? '' : '!'} goods: [Goods] label: String } interface Goods { id: ID! }
        type Toy implements Goods { id: ID! } type Sample implements Goods @inaccessible { id: ID! }`,
      resolvers: {
        Query: {
          front: () => ({ __typename: 'Sample', id: 's' }),
          goods: () => [
            { __typename: 'Sample', id: 's' },
            { __typename: 'Toy', id: 't' },
          ],
          label: () => 'spring',
        },
      },
    },
  ];

  it('is null where one may be, and no error', () =>
    expectAnswers(goods(true), [
      ['{ front { id } goods { id } }', { front: null, goods: [null, { id: 't' }] }],
      ['{ front { __typename } label }', { front: null, label: 'spring' }],
    ]));

  it('is an error where none may be, and does not say the type', async () => {
    const shape = await shapeOf(goods(false));
    const answer = await shape.ask('{ front { __typename id } }');
    expect(answer).toMatchObject({ data: null, errors: [{ path: ['front'] }] });
    expect(JSON.stringify(answer)).not.toContain('Sample');
    await shape.close();
  });
});
