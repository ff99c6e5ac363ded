// Unions of which each subgraph knows other members: planners fall silent about members that cannot come, and forget some that can.
import { buildSubgraphSchema } from '@apollo/subgraph';
import { graphql, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createTillgraphEngine } from '../../gateway/engine/tillgraph-engine.ts';
import { composeSupergraph } from '../../gateway/supergraph/compose.ts';
import { ask, scriptedSubgraph } from '../kit/federation/ask.ts';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", "@shareable"])\n';

const SHARED = `
  type Basket @key(fields: "id") { id: ID! slip: Slip @shareable }
  type Slip @shareable { lines: [Line!]! }
  type Article @shareable { text: String }`;

const subgraphs = {
  counter: {
    sdl: `type Query { counter: Basket gift: Gift @shareable } ${SHARED} union Line = Article | Deposit type Deposit { cents(in: Currency!): Int container: Container } type Container { kind: String }
      enum Currency { EUR CHF } union Gift = Voucher | Toy type Voucher @shareable { code: ID! } type Toy { age: Int }`,
    root: {
      counter: { id: '1', slip: { lines: [article(), deposit()] } },
      gift: { __typename: 'Voucher', code: 'v' },
    },
  },
  web: {
    sdl: `type Query { web: Basket gift: Gift @shareable } ${SHARED} extend type Basket { receipt: Slip } union Line = Article | Licence type Licence { key: String }
      union Gift = Voucher | Ebook type Voucher @shareable { code: ID! } type Ebook { title: String }`,
    root: {
      web: { id: '2', slip: { lines: [article(), licence()] } },
      gift: { __typename: 'Voucher', code: 'v' },
    },
  },
};

function article() {
  return { __typename: 'Article', text: 'apple' };
}

function licence() {
  return { __typename: 'Licence', key: 'k' };
}

function deposit() {
  return { __typename: 'Deposit', cents: 15, container: { kind: 'crate' } };
}

async function answer(source: string, variables: Record<string, unknown> = {}) {
  const entries = Object.entries(subgraphs);
  const { supergraphSdl } = composeSupergraph(entries.map(([name, { sdl }]) => ({ name, sdl: LINK + sdl })));
  const clients = entries.map(([name, { sdl, root }]) => {
    const Basket = {
      __resolveReference: ({ id }: { id: string }) => ({ id, receipt: { lines: [article(), licence()] } }),
    };
    const schema = buildSubgraphSchema([{ typeDefs: parse(LINK + sdl), resolvers: { Basket } }]);
    return scriptedSubgraph(name, async ({ query, variables: variableValues }) => {
      const result = await graphql({ schema, source: query, rootValue: root, variableValues: variableValues ?? {} });
      return JSON.parse(JSON.stringify(result));
    });
  });
  const engine = await createTillgraphEngine(supergraphSdl ?? '', clients);
  try {
    return await ask(engine, source, variables);
  } finally {
    await engine.stop();
  }
}

describe('a member of a union', () => {
  it('that no subgraph of the plan knows asks for nothing', async () => {
    expect(await answer('{ gift { ... on Ebook { title } } }')).toEqual({ data: { gift: {} } });
    expect(await answer('{ counter { slip { lines { __typename ... on Licence { key } } } } }')).toEqual({
      data: { counter: { slip: { lines: [{ __typename: 'Article' }, { __typename: 'Deposit' }] } } },
    });
  });

  it('that the plan forgets is asked for where the subgraph has it, with arguments and all below', async () => {
    const source = `query ($in: Currency! = EUR) {
      counter { slip { lines { __typename ... on Article { text } ... on Deposit { cents(in: $in) container { kind } } } } }
      web { slip { lines { ... on Licence { key } ... on Deposit { cents(in: CHF) } } } }
    }`;
    const lines = [
      { __typename: 'Article', text: 'apple' },
      { __typename: 'Deposit', cents: 15, container: { kind: 'crate' } },
    ];
    expect(await answer(source)).toEqual({
      data: { counter: { slip: { lines } }, web: { slip: { lines: [{}, { key: 'k' }] } } },
    });
  });

  it('is asked for of an entity too', async () => {
    expect(
      await answer('{ counter { receipt { lines { ... on Article { text } ... on Licence { key } } } } }'),
    ).toEqual({
      data: { counter: { receipt: { lines: [{ text: 'apple' }, { key: 'k' }] } } },
    });
  });
});
