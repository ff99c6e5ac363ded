// Who may see what, decided by the gateway before it fetches: over subgraphs that would tell everybody everything.
import { parse } from 'graphql';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Principal, serializePrincipal } from '#platform/auth/principal.ts';
import { createApolloEngine } from '../../gateway/engine/apollo-engine.ts';
import type { QueryEngine } from '../../gateway/engine/engine.ts';
import { createTillgraphEngine } from '../../gateway/engine/tillgraph-engine.ts';
import { shareSubscriptions } from '../../gateway/subscriptions/sharing-engine.ts';
import { type GuardedGraph, guardedGraph } from '../kit/federation/guarded.ts';
import { plannerProcesses } from '../kit/planner-processes.ts';

const graph: GuardedGraph = guardedGraph();
const { supergraphSdl, clients, sent } = graph;
/** As composed before an interface was given the requirements of what implements it: the gateway has to find them. */
const olderSdl = supergraphSdl
  .replace(/(interface Node\s+@join__type\(graph: SHOP\)\s+)@requiresScopes\(scopes: \[\["v"\]\]\)/, '$1')
  .replace(/(interface Labelled[^}]+price: Int) @requiresScopes\(scopes: \[\["p"\]\]\)/, '$1');
let engine: QueryEngine;
beforeAll(async () => {
  engine = await createTillgraphEngine(olderSdl, clients);
});
afterAll(() => engine.stop());
beforeEach(() => {
  sent.length = 0;
});

const nobody = undefined;
const holder = (...scopes: string[]): Principal => ({ sub: 'ann', clientId: 'web', roles: [], scopes });

async function ask(source: string, principal: Principal | undefined, asked = engine, variables = {}) {
  const document = parse(source);
  const context = { principal: principal && serializePrincipal(principal), traceparent: '' };
  const operation = document.definitions.find((each) => each.kind === 'OperationDefinition');
  const request = { variables };
  const result = await asked.execute({ source, document, operation, operationName: null, request, context });
  const errors = (result.errors ?? []).map(({ path, extensions }) => {
    expect(extensions.code).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
    return [path?.join('.'), extensions.reason];
  });
  return { data: JSON.parse(JSON.stringify(result.data ?? null)) as unknown, errors, result };
}

const U = 'UNAUTHENTICATED';
const F = 'FORBIDDEN';

it('is looked for in a graph that says it of types and fields, not of interfaces', () => {
  expect(olderSdl.match(/@requiresScopes\(scopes/g)).toHaveLength(8);
});

describe('a field', () => {
  it.each<[string, Principal | undefined, unknown, unknown[]]>([
    ['{ open own }', nobody, { open: 'open', own: null }, [['own', U]]],
    ['{ own }', holder(), { own: 'own' }, []],
    ['{ open must }', nobody, null, [['must', U]]],
    ['{ either }', holder('a'), { either: null }, [['either', F]]],
    ['{ either }', holder('a', 'b'), { either: 'either' }, []],
    ['{ either }', holder('c'), { either: 'either' }, []],
    ['{ approved }', { ...holder('staff'), policies: ['vip'] }, { approved: null }, [['approved', F]]],
    ['{ approved }', { ...holder(), policies: ['vip', 'paid'] }, { approved: 'approved' }, []],
    ['{ approved }', { ...holder(), roles: ['staff'] }, { approved: 'approved' }, []],
    [
      '{ code level }',
      nobody,
      { code: null, level: null },
      [
        ['code', U],
        ['level', U],
      ],
    ],
    ['{ code level }', holder(), { code: 'x1', level: null }, [['level', F]]],
    ['{ code level }', holder('l'), { code: 'x1', level: 'HIGH' }, []],
    ['{ vault { __typename } }', holder(), { vault: null }, [['vault', F]]],
    ['{ vault { content more } }', holder('v'), { vault: { content: 'gold', more: null } }, [['vault.more', F]]],
    ['{ vault { more } }', holder('m'), { vault: null }, [['vault', F]]],
    ['{ vault { more } }', holder('m', 'v'), { vault: { more: 'silver' } }, []],
    ['{ item { label stock } }', holder(), { item: { label: 'one', stock: null } }, [['item.stock', F]]],
    [
      '{ item { near { id price stock } } }',
      holder('s'),
      { item: { near: [{ id: '2', price: null, stock: 7 }] } },
      [['item.near.price', F]],
    ],
  ])('%s', async (source, principal, data, errors) => {
    expect(await ask(source, principal)).toMatchObject({ data, errors });
  });
});

describe('does not slip through', () => {
  it.each<[string, string, unknown, unknown[]]>([
    [
      'an alias',
      '{ open: own a: own b: own }',
      { open: null, a: null, b: null },
      [
        ['open', U],
        ['a', U],
        ['b', U],
      ],
    ],
    ['an inline fragment', '{ ... { own } ... on Query { own } }', { own: null }, [['own', U]]],
    [
      'a named fragment',
      '{ ...A } fragment A on Query { ...B } fragment B on Query { x: own }',
      { x: null },
      [['x', U]],
    ],
    ['a condition', '{ own @include(if: true) code @skip(if: true) }', { own: null }, [['own', U]]],
    ['an interface', '{ nodes { id } }', { nodes: [null, null] }, [['nodes.id', U]]],
    ['an interface’s name', '{ nodes { __typename } }', { nodes: [{ __typename: 'Item' }, null] }, [['nodes.1', U]]],
    [
      'a fragment on a type',
      '{ nodes { ... on Item { id price } ... on Vault { id content } } }',
      { nodes: [{ id: '1', price: null }, null] },
      [
        ['nodes.price', U],
        ['nodes.id', U],
        ['nodes.content', U],
      ],
    ],
    [
      'a field some types of an interface guard',
      '{ labelled { label price } }',
      {
        labelled: [
          { label: 'one', price: null },
          { label: 'book', price: null },
        ],
      },
      [['labelled.price', U]],
    ],
    [
      'the same field of a type that does not guard it',
      '{ labelled { price ... on Book { price } } }',
      { labelled: [{ price: null }, { price: 6 }] },
      [['labelled.price', U]],
    ],
    [
      'a union',
      '{ found { __typename ... on Vault { content } } }',
      { found: [{ __typename: 'Item' }, null, null] },
      [['found.content', U]],
    ],
    ['a union’s name', '{ found { t: __typename } }', { found: [{ t: 'Item' }, null, null] }, [['found.1', U]]],
    [
      'another fragment’s interface',
      '{ found { ... on Node { id } } }',
      { found: [null, null, null] },
      [['found.id', U]],
    ],
  ])('%s', async (_, source, data, errors) => {
    expect(await ask(source, nobody)).toMatchObject({ data, errors });
  });
});

describe('what may not be seen', () => {
  it('is not fetched', async () => {
    await ask('{ own vault { content } code }', nobody);
    expect(sent).toEqual([]);
    await ask('{ open item { id stock seen } }', nobody);
    expect(sent.join()).not.toMatch(/stock/);
    expect(sent).toHaveLength(2);
    sent.length = 0;
    await ask('{ item { id stock } }', nobody);
    expect(sent).toHaveLength(1);
  });

  it('is decided for each caller, however often others were answered', async () => {
    const both = '{ either own }';
    for (let times = 0; times < 2; times += 1) {
      expect((await ask(both, nobody)).data).toEqual({ either: null, own: null });
      expect((await ask(both, holder())).data).toEqual({ either: null, own: 'own' });
      expect((await ask(both, holder('c'))).data).toEqual({ either: 'either', own: 'own' });
    }
  });

  it('is told with what is needed only to whoever has said who it is', async () => {
    const messageTo = async (principal: Principal | undefined) =>
      (await ask('{ either }', principal)).result.errors?.[0]?.message;
    expect(await messageTo(nobody)).not.toContain('scope');
    expect(await messageTo(holder())).toBe('Query.either needs the scope a and b, or c');
  });

  it('takes no more than a hundred errors, however often it is asked for', async () => {
    const many = Array.from({ length: 500 }, (_, index) => `a${index}: own`).join(' ');
    const { data, errors } = await ask(`{ ${many} }`, nobody);
    expect(Object.values(data as object)).toEqual(Array.from({ length: 500 }, () => null));
    expect(errors).toHaveLength(100);
  });

  it('of a mutation keeps all of it from running', async () => {
    const { result, errors } = await ask('mutation { free guarded }', holder());
    expect(result).not.toHaveProperty('data');
    expect(errors).toEqual([[undefined, F]]);
    expect(result.errors?.[0]?.extensions.http).toEqual({ status: 403 });
    expect(sent).toEqual([]);
    expect((await ask('mutation { free made { id price } }', nobody)).data).toEqual({
      free: 1,
      made: { id: '1', price: null },
    });
    expect((await ask('mutation { free guarded @skip(if: true) }', nobody)).data).toEqual({ free: 1 });
  });

  it('of a subscription is not followed, and joined fields are null in each event', async () => {
    const follow = (source: string, principal?: Principal) => {
      const context = { principal: principal && serializePrincipal(principal), traceparent: '' };
      return engine.subscribe({ source, document: parse(source), operationName: null, variables: {}, context });
    };
    expect(await follow('subscription { secretTicks }')).toMatchObject({ errors: [{ extensions: { reason: U } }] });
    expect(sent).toEqual([]);
    const events = await follow('subscription { ticks { id price stock seen } }', holder('s'));
    if (!(Symbol.asyncIterator in events)) throw new Error(JSON.stringify(events));
    const { value } = await events.next();
    expect(JSON.parse(JSON.stringify(value))).toMatchObject({
      data: { ticks: { id: '1', price: null, stock: 7, seen: 3 } },
      errors: [{ path: ['ticks', 'price'] }],
    });
  });
});

it('a shared subscription tells apart who may see what a union’s name stands for', async () => {
  const shared = shareSubscriptions(engine, olderSdl);
  const source = 'subscription { finds { what { __typename } } }';
  const first = async (principal: Principal | undefined) => {
    const context = { principal: principal && serializePrincipal(principal), traceparent: '' };
    const document = parse(source);
    const events = await shared.subscribe({ source, document, operationName: null, variables: {}, context });
    if (!(Symbol.asyncIterator in events)) throw new Error(JSON.stringify(events));
    const { value } = await events.next();
    await events.return?.();
    return JSON.parse(JSON.stringify(value)) as unknown;
  };
  const denied = (reason: string) => ({ data: { finds: { what: null } }, errors: [{ extensions: { reason } }] });
  expect(await first(holder('v'))).toEqual({ data: { finds: { what: { __typename: 'Vault' } } } });
  expect(await first(holder())).toMatchObject(denied(F));
  expect(await first(nobody)).toMatchObject(denied(U));
});

describe('rejected whole', () => {
  it('nothing runs, where it is set so', async () => {
    const strict = await createTillgraphEngine(supergraphSdl, clients, 'reject');
    const { result, errors } = await ask('{ open item { price } }', nobody, strict);
    expect(result).not.toHaveProperty('data');
    expect(errors).toEqual([[undefined, U]]);
    expect(result.errors?.[0]?.extensions.http).toEqual({ status: 401 });
    expect(sent).toEqual([]);
    expect((await ask('{ open own @skip(if: true) }', nobody, strict)).data).toEqual({ open: 'open' });
    await strict.stop();
  });

  it('nothing runs under @apollo/gateway, which enforces nothing itself', async () => {
    const reference = await createApolloEngine(supergraphSdl, clients);
    for (const source of [
      '{ open own }',
      '{ open ...A } fragment A on Query { x: vault { __typename } }',
      '{ nodes { __typename } }',
    ]) {
      const { result } = await ask(source, nobody, reference);
      expect(result).not.toHaveProperty('data');
      expect(result.errors).not.toHaveLength(0);
    }
    expect(sent).toEqual([]);
    expect((await ask('{ open own }', holder(), reference)).data).toEqual({ open: 'open', own: 'own' });
    await reference.stop();
  });
});

/** Why it was not made; not the engine itself, which no message should show. */
async function refusalOf(made: Promise<QueryEngine>): Promise<unknown> {
  return made.then(
    async (each) => each.stop().then(() => 'served'),
    (error: unknown) => error,
  );
}

describe('a supergraph', () => {
  it('that gives an interface the requirements of what implements it guards the field that returns it', async () => {
    const newer = await createTillgraphEngine(supergraphSdl, clients);
    expect(await ask('{ nodes { ... on Item { id } } }', nobody, newer)).toMatchObject({
      data: { nodes: null },
      errors: [['nodes', U]],
    });
    await newer.stop();
  });

  it('composed when interfaces could have requirements of their own guards what implements them, on every way to it', async () => {
    const sdl = olderSdl
      .replace(/interface Node\s+@join__type\(graph: SHOP\)/, '$& @requiresScopes(scopes: [["n"]])')
      .replace(/(interface Labelled[^}]+label: String)/, '$1 @authenticated');
    expect(sdl.match(/@requiresScopes\(scopes/g)).toHaveLength(9);
    const older = await createTillgraphEngine(sdl, clients);
    const cases: [string, Principal | undefined, unknown, unknown[]][] = [
      ['{ item { label } }', holder(), { item: null }, [['item', F]]],
      ['{ item { label } }', holder('n'), { item: { label: 'one' } }, []],
      ['{ nodes { ... on Item { id } } }', holder('v'), { nodes: null }, [['nodes', F]]],
      ['{ nodes { ... on Item { id } } }', holder('v', 'n'), { nodes: [{ id: '1' }, {}] }, []],
      [
        '{ labelled { ... on Book { label pages } } }',
        nobody,
        { labelled: [{}, { label: null, pages: 10 }] },
        [['labelled.label', U]],
      ],
      [
        '{ labelled { ... on Book { label pages } } }',
        holder('n'),
        { labelled: [{}, { label: 'book', pages: 10 }] },
        [],
      ],
      ['{ labelled { label } }', nobody, { labelled: null }, [['labelled.label', U]]],
      ['{ vault { content } }', holder('v'), { vault: null }, [['vault', F]]],
    ];
    for (const [source, principal, data, errors] of cases) {
      expect([source, await ask(source, principal, older)]).toMatchObject([source, { data, errors }]);
    }
    await older.stop();
  });

  it('composed of today asks of an object nothing that is another one’s', async () => {
    const newer = await createTillgraphEngine(supergraphSdl, clients);
    const seen = { data: { item: { id: '1', label: 'one' } }, errors: [] };
    expect(await ask('{ item { id label } }', nobody, newer)).toMatchObject(seen);
    const book = { data: { labelled: [{}, { price: 6 }] }, errors: [] };
    expect(await ask('{ labelled { ... on Book { price } } }', holder(), newer)).toMatchObject(book);
    await newer.stop();
  });

  const linkOf = (name: string) => new RegExp(`@link\\(url: "https://specs.apollo.dev/${name}/v0.1", for: SECURITY\\)`);
  const renamed = {
    'by import': supergraphSdl
      .replace(
        linkOf('authenticated'),
        '@link(url: "https://specs.apollo.dev/authenticated/v0.1", import: [{ name: "@authenticated", as: "@login" }], for: SECURITY)',
      )
      .replaceAll('@authenticated', (name, at, text: string) => (text.at(at - 1) === '"' ? name : '@login')),
    'by namespace': supergraphSdl
      .replace(
        linkOf('authenticated'),
        '@link(url: "https://specs.apollo.dev/authenticated/v0.1", as: "login", for: SECURITY)',
      )
      .replaceAll('@authenticated', '@login'),
  };

  it.each(Object.entries(renamed))('guards under another name, given %s', async (_, sdl) => {
    expect(sdl).toContain('@login');
    expect(sdl).not.toMatch(/own: String.*@authenticated/);
    const engines = [await createTillgraphEngine(sdl, clients), await createApolloEngine(sdl, clients)];
    for (const each of engines) {
      expect((await ask('{ own }', nobody, each)).errors).toHaveLength(1);
      expect((await ask('{ own }', holder(), each)).data).toEqual({ own: 'own' });
      await each.stop();
    }
  });

  it.each([
    ['of an unknown version', supergraphSdl.replace('/requiresScopes/v0.1', '/requiresScopes/v0.2'), 'v0.2'],
    ['of no version', supergraphSdl.replace('/policy/v0.1', '/policy'), 'policy'],
    ['that no link explains', supergraphSdl.replace(linkOf('authenticated'), ''), '@authenticated is not linked'],
    [
      'beside a renamed one',
      `${renamed['by namespace']}\ntype Extra { field: Int @authenticated }`,
      '@authenticated is not linked',
    ],
    ['where they guard nothing', `${supergraphSdl}\ninput Extra @authenticated { field: Int }`, 'would guard nothing'],
    ['without their scopes', `${supergraphSdl}\ntype Extra { field: Int @requiresScopes }`, 'needs scopes'],
  ])('with directives %s is not served', async (_, sdl, why) => {
    const refusal = { code: 'SUPERGRAPH_INVALID', message: expect.stringContaining(why) };
    const planners = plannerProcesses().length;
    await expect(refusalOf(createTillgraphEngine(sdl, clients))).resolves.toMatchObject(refusal);
    // Graphs that are refused one after the other would fill the memory.
    await expect.poll(() => plannerProcesses().length, { timeout: 10_000 }).toBe(planners);
    await expect(refusalOf(createApolloEngine(sdl, clients))).resolves.toMatchObject(refusal);
  });
});
