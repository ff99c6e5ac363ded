// `SUPERGRAPH=… npm run gateway`: somebody else's supergraph over somebody else's HTTP servers, with nothing else configured.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSupergraph } from '../../gateway/supergraph/source.ts';
import { type ForeignSubgraphs, serveForeign } from '../kit/federation/foreign-subgraphs.ts';
import { library } from '../kit/federation/library.ts';
import { gatewayReady, gatewayStart } from '../kit/foreign-gateway.ts';
import type { StartedGraph } from '../kit/npm-start.ts';

let folder: string;
let file: string;
let subgraphs: ForeignSubgraphs;
let gateway: StartedGraph;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tillgraph-foreign-'));
  file = join(folder, 'supergraph.graphql');
  subgraphs = await serveForeign(library);
  await writeFile(file, subgraphs.supergraphSdl);
  gateway = await gatewayReady(file);
});

afterAll(async () => {
  await gateway?.stop();
  await subgraphs?.close();
  await rm(folder, { recursive: true });
});

it('joins subgraphs at the addresses the supergraph gives, keys, requirements and interface objects included', async () => {
  const query = '{ works { __typename id title stars ... on Book { printed postage } } best { id title } }';
  expect(await gateway.ask(query)).toEqual({
    data: {
      works: [
        { __typename: 'Book', id: '1', title: 'Emma', stars: 3, printed: '1815-12-23', postage: 2 },
        { __typename: 'Book', id: '2', title: 'Persuasion', stars: 4, printed: '1817-12-20', postage: 5 },
        { __typename: 'Film', id: '3', title: 'Clueless', stars: 5 },
      ],
      best: { id: '2', title: 'Persuasion' },
    },
  });
});

it('runs a mutation, a union and variables', async () => {
  const rename = 'mutation ($title: String!) { rename(id: "1", title: $title) { title postage stars } }';
  expect(await gateway.ask(rename, { title: 'Émma' })).toEqual({
    data: { rename: { title: 'Émma', postage: 2, stars: 3 } },
  });
  const anything = '{ anything { ... on Film { minutes } ... on Book { title } } }';
  expect(await gateway.ask(anything)).toEqual({
    data: { anything: [{ title: 'Emma' }, { title: 'Persuasion' }, { minutes: 97 }] },
  });
});

it('shows its schema, without the joins', async () => {
  const { data } = (await gateway.ask(getIntrospectionQuery())) as {
    data: { __schema: { types: { name: string }[]; subscriptionType: { name: string } } };
  };
  const names = data.__schema.types.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['Work', 'Book', 'Day', 'Anything']));
  expect(names.filter((name) => /^(join|link)_|^_/.test(name) && !name.startsWith('__'))).toEqual([]);
  expect(data.__schema.subscriptionType.name).toBe('Subscription');
});

it('relays live data of a subgraph that speaks graphql-ws, joined', async () => {
  const answers = [];
  for await (const answer of gateway.subscribe('subscription { rated(count: 2) { title postage } }'))
    answers.push(answer);
  expect(answers).toEqual([
    { data: { rated: { title: 'Emma', postage: 2 } } },
    { data: { rated: { title: 'Persuasion', postage: 5 } } },
  ]);
});

it('takes everybody for anonymous, whatever token is shown, and tells the subgraphs no identity', async () => {
  for (const authorization of ['Bearer a.b.c', 'Basic eDp5']) {
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', 'x-tillgraph-principal': 'forged' },
      body: JSON.stringify({ query: '{ best { id } }' }),
    });
    expect([response.status, await response.json()]).toEqual([200, { data: { best: { id: '2' } } }]);
  }
  const names = subgraphs.asked.flatMap(({ headers }) => Object.keys(headers));
  expect(names.filter((name) => name === 'authorization' || name.startsWith('x-tillgraph'))).toEqual([]);
});

it('answers errors in GraphQL’s form', async () => {
  expect(await gateway.ask('{ nothing }')).toMatchObject({
    errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
  });
  expect(await gateway.ask('{ book(id: 1) { title')).toMatchObject({
    errors: [{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }],
  });
});

it('says that it is ready, and writes nothing to the disk', async () => {
  const readyz = await fetch(gateway.url.replace('/graphql', '/readyz'));
  expect(readyz.status).toBe(200);
  expect(existsSync(gateway.dataDir)).toBe(false);
});

const unusable: readonly [string, (sdl: string) => string, string][] = [
  ['no GraphQL', () => 'type Query {', 'is no GraphQL'],
  ['no supergraph', () => 'type Query { a: Int }', 'is no supergraph'],
  ['no query type', (sdl) => sdl.replace('query: Query', ''), 'has no query type'],
  ['an unknown join', (sdl) => sdl.replace('/join/v0.3', '/join/v9.0'), 'join/v9.0'],
  [
    'a specification that changes answers',
    (sdl) => sdl.replace('schema\n', 'schema\n  @link(url: "https://specs.apollo.dev/connect/v0.1", for: EXECUTION)\n'),
    'connect/v0.1 for EXECUTION',
  ],
  ['no address', (sdl) => sdl.replace(/url: "http:[^"]*book[^"]*"/, 'url: ""'), 'book-catalogue has no address'],
];

it.each(unusable)('refuses %s, and says which file and what to do', async (name, change, message) => {
  const bad = join(folder, `${unusable.findIndex(([other]) => other === name)}.graphql`);
  await writeFile(bad, change(subgraphs.supergraphSdl));
  const refusal = await readSupergraph(bad).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: 'SUPERGRAPH_INVALID', message: expect.stringContaining(message) });
  expect(refusal).toMatchObject({ message: expect.stringContaining(bad) });
});

it('does not start without a supergraph it can serve', async () => {
  const nowhere = join(folder, 'nowhere.graphql');
  const ended = await gatewayStart(nowhere);
  expect(ended).toMatchObject({
    code: 1,
    errors: expect.stringMatching(`^SUPERGRAPH_INVALID: ${nowhere} is not there`),
  });
});
