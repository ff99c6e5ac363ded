// What planners and gateways are known to get wrong, each by name: our engine gives the answer graphql-js gives on one schema. Where
// @apollo/gateway does not, the test says so, and fails when it learns.

import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createApolloEngine } from '../../gateway/engine/apollo-engine.ts';
import { createTillgraphEngine } from '../../gateway/engine/tillgraph-engine.ts';
import { ask } from '../kit/federation/ask.ts';
import { composeWorld, type World, type WorldDefinition } from '../kit/federation/world.ts';
import { worlds } from '../kit/federation/worlds.ts';

function worldOf(name: string, nulls = 0): World {
  const definition = worlds.find((candidate) => candidate.name.startsWith(name));
  if (!definition) throw new Error(`no world ${name}`);
  return composeWorld(definition)({ seed: 1, nulls, failures: 0 });
}

/** The engine's data must be right; answers what the reference says. */
async function expectRight(world: World, source: string, variables: Record<string, unknown> = {}): Promise<unknown> {
  const right = await world.rightAnswer(parse(source), variables);
  const ours = await createTillgraphEngine(world.supergraphSdl, world.clients);
  const answer = await ask(ours, source, variables);
  expect(JSON.stringify(answer.data)).toBe(JSON.stringify(right.data));
  const reference = await createApolloEngine(world.supergraphSdl, world.clients);
  const other = await ask(reference, source, variables).catch((error: unknown) => ({ data: String(error) }));
  await reference.stop();
  await ours.stop();
  return JSON.stringify(other.data) === JSON.stringify(right.data) ? 'right' : 'wrong';
}

describe('@requires of a field with arguments', () => {
  it('gives each field the value of its own arguments, however many share a fetch', async () => {
    const world = worldOf('shop');
    expect(await expectRight(world, '{ products { shipping duty } }')).toBe('wrong');
    expect(await expectRight(world, '{ products { inStock shipping duty warehouse { city } } }')).toBe('wrong');
  });

  it('is not taken in by what the client asks of the same field', async () => {
    const source = 'query ($in: Currency!) { products { price(currency: $in) shipping } }';
    await expectRight(worldOf('shop'), source, { in: 'USD' });
  });
});

describe('keys', () => {
  it('are fetched before what needs them, along a chain of subgraphs that each know another one', async () => {
    expect(await expectRight(worldOf('moves'), '{ thing(id: "a") { heavy } }')).toBe('wrong');
    await expectRight(worldOf('moves'), '{ thing(id: "a") { owner { things { heavy } } heavy } }');
  });

  it('are not what a client calls so', async () => {
    expect(await expectRight(worldOf('moves'), '{ things { code: extra { two } heavy } }')).toBe('wrong');
    await expectRight(
      worldOf('shop'),
      '{ products { id: name upc: tags reviews { id: text product { upc: name inStock } } } }',
    );
  });
});

describe('an interface object', () => {
  it('has the fields its subgraph adds also where a fragment names a type', async () => {
    await expectRight(worldOf('media'), '{ top { ... on Book { score title } ... on Film { score minutes } } }');
  });

  it('whose key cannot be resolved there is resolved elsewhere', async () => {
    const definition: WorldDefinition = {
      name: 'interface object with a key it cannot resolve',
      subgraphs: {
        catalogue: `
          type Query { media: [Media!]! }
          interface Media @key(fields: "id") { id: ID! title: String }
          type Book implements Media @key(fields: "id") { id: ID! title: String pages: Int }
          type Film implements Media @key(fields: "id") { id: ID! title: String }`,
        favourites: `
          type Query { favourite: Media favourites: [Media!]! }
          type Media @key(fields: "id", resolvable: false) @interfaceObject { id: ID! }`,
      },
    };
    const world = composeWorld(definition)({ seed: 1, nulls: 0, failures: 0 });
    await expectRight(world, '{ favourites { __typename title ... on Book { pages } } favourite { id __typename } }');
  });
});

describe('fragments on types that exclude each other', () => {
  it('may use one alias for different arguments, or for different fields', async () => {
    const different = '... on Book { x: opinions(min: 1) { id } } ... on Film { x: opinions(min: 2) { text } }';
    await expectRight(worldOf('media'), `{ media { ${different} } one { ${different} } }`);
    await expectRight(worldOf('media'), '{ media { ... on Book { x: pages } ... on Film { x: minutes } } }');
  });
});

describe('what is inaccessible', () => {
  it('does not show as a type, nor behind an interface that was not asked for a type', async () => {
    const world = worldOf('hidden');
    const kinds = ['A', 'B'].map((kind) => `${kind}: entry(kind: ${kind}) { kind at }`);
    await expectRight(world, `{ shown { __typename ... on Page { title } } }`);
    await expectRight(world, `{ ${kinds.join(' ')} }`);
  });

  it('does not show as a value, and is null where one may be', async () => {
    const world = worldOf('media');
    const ours = await createTillgraphEngine(world.supergraphSdl, world.clients);
    const source = '{ found { ... on Film { kind } } media { ... on Film { kind } } }';
    const seen = await ask(ours, source);
    expect(JSON.stringify(seen)).not.toContain('HIDDEN');
    // It is no failure: there is a value, and it is not for clients.
    expect(seen.errors).toBeUndefined();
    expect(seen).toEqual(await world.rightAnswer(parse(source), {}));
    expect(world.sent.length).toBeGreaterThan(0);
  });
});

describe('conditions', () => {
  const source =
    'query ($x: Boolean!, $y: Boolean!) { things { name @include(if: $x) ... @skip(if: $y) { heavy weight } } }';
  it.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])('are decided before planning: x %s, y %s', async (x, y) => {
    await expectRight(worldOf('moves'), source, { x, y });
  });

  it('that leave nothing leave an empty object and send nothing', async () => {
    const world = worldOf('moves');
    const ours = await createTillgraphEngine(world.supergraphSdl, world.clients);
    world.sent.length = 0;
    expect(await ask(ours, 'query ($x: Boolean!) { things @skip(if: $x) { name } }', { x: true })).toEqual({
      data: {},
    });
    expect(world.sent).toEqual([]);
  });
});

describe('introspection', () => {
  it('is answered beside data, with variables, and sends nothing for itself', async () => {
    const world = worldOf('moves');
    const source = `query ($name: String!) { kind: __type(name: $name) { name fields { name } } __schema { queryType { name } } }`;
    world.sent.length = 0;
    expect(await expectRight(world, source, { name: 'Part' })).toBe('right');
    expect(world.sent).toEqual([]);
    await expectRight(world, '{ __typename things { name } __schema { types { name } } }');
  });
});
