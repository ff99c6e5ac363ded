// What an operation gets when it comes again, past Apollo Server's pipeline, is what the pipeline gives it: status, headers, body and what
// subgraphs are told. One server with a plugin, which sends everything through the pipeline, stands beside one without.
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTokenVerifier, mintToken } from '#platform/auth/tokens.ts';
import { Fault } from '#platform/errors/fault.ts';
import { listen } from '#platform/graphql/listen.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import type { EngineRequest, QueryEngine } from '../../gateway/engine/engine.ts';
import { createTillgraphEngine } from '../../gateway/engine/tillgraph-engine.ts';
import { allowOrigins } from '../../gateway/http/cors.ts';
import { createHttpServer, type HttpServer } from '../../gateway/http/server.ts';
import type { OperationResult, SubgraphRequest } from '../../gateway/subgraph-client.ts';
import { LiveEngine } from '../../gateway/supergraph/live-engine.ts';
import { scriptedSubgraph } from '../kit/federation/ask.ts';
import { composeWorld } from '../kit/federation/world.ts';
import { tokenSettings } from '../kit/gateway.ts';
import { principalOf } from '../kit/graph.ts';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const world = composeWorld({
  name: 'fast path',
  subgraphs: {
    things: `
      type Query { thing(id: ID): Thing fails: Int defect: Int gone: Int fragile: Int }
      type Mutation { touch: Int }
      type Subscription { touched: Int }
      type Thing { id: ID! name: String! }`,
  },
})({ seed: 1, nulls: 0, failures: 0 });

function answerOf({ query, variables }: SubgraphRequest): OperationResult {
  if (query.includes('fails')) return { data: { fails: null }, errors: [refusal('NOT_FOUND', 'It is not there')] };
  if (query.includes('defect')) return { data: { defect: null }, errors: [refusal('SOMETHING', 'of the inside')] };
  if (query.includes('fragile')) return { errors: [refusal('BAD_USER_INPUT', 'refused')] };
  if (query.includes('gone')) throw new Fault('SUBGRAPH_UNAVAILABLE', 'The subgraph things did not answer');
  const key = /(\w+): (?:thing|touch)/.exec(query)?.[1];
  if (query.includes('touch')) return { data: { [key ?? 'touch']: 1 } };
  const name = Object.values(variables ?? {})[0] === 'nameless' ? null : 'An "é" name';
  return { data: { [key ?? 'thing']: { id: '1', name } } };
}
const refusal = (code: string, message: string) => ({ message, extensions: { code } });
const things = scriptedSubgraph('things', answerOf);

let engine: QueryEngine;
/** By whom the engine was called: Apollo Server tells a hash of the text. */
let throughPipeline = 0;
let calls = 0;
let pipeline: HttpServer;
let fast: HttpServer;
const urls = new Map<HttpServer, string>();

beforeAll(async () => {
  engine = await createTillgraphEngine(world.supergraphSdl, [things]);
  const counting: QueryEngine = {
    apiSchema: engine.apiSchema,
    execute(request: EngineRequest) {
      calls += 1;
      if ('queryHash' in request) throughPipeline += 1;
      return engine.execute(request);
    },
    subscribe: (request) => engine.subscribe(request),
    stop: () => Promise.resolve(),
  };
  const release = () => Promise.resolve();
  const options = {
    engine: new LiveEngine({ engine: counting, supergraphSdl: world.supergraphSdl, release }),
    tokens: createTokenVerifier(tokenSettings, () => Date.now()),
    logger: silentLogger,
    graphiql: () => Promise.resolve('<html></html>'),
  };
  pipeline = await createHttpServer({ ...options, plugins: [{}] });
  fast = await createHttpServer(options);
  for (const server of [pipeline, fast]) {
    allowOrigins(server.app, '/graphql', ['https://shop.example']);
    urls.set(server, await listen(server.app, '127.0.0.1', 0));
  }
});
afterAll(async () => {
  for (const server of [pipeline, fast]) {
    await server.app.close();
    await server.apollo.stop();
  }
  await engine.stop();
});

interface Asked {
  readonly method?: string;
  readonly search?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** All of the answer but its date, and what the subgraph was told. */
async function ask(server: HttpServer, { method = 'POST', search = '', headers, body }: Asked) {
  things.requests.length = 0;
  const given = { 'content-type': 'application/json', traceparent: TRACEPARENT, ...headers };
  const sent = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
  const request = httpRequest(`${urls.get(server)}/graphql${search}`, { method, headers: sent, agent: false });
  request.end(typeof body === 'object' ? JSON.stringify(body) : body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const raw = response.rawHeaders;
  const shown = raw.filter((_, index) => raw[index - (index % 2)]?.toLowerCase() !== 'date');
  return {
    status: response.statusCode,
    headers: shown,
    body: Buffer.concat(chunks).toString(),
    told: things.requests.map((told) => ({ ...told, signal: undefined })),
  };
}

const THING = 'query Thing($id: ID) { thing(id: $id) { id name } }';
const TWO = 'query A { thing { id } } query B { thing { name } }';
const token = (expiresMs: number) =>
  mintToken(tokenSettings, principalOf('store', { location: '4099999000019' }), new Date(Date.now() + expiresMs));

/** Answered past the pipeline when they come again. */
const plain: readonly (readonly [string, Asked])[] = [
  ['a query without a name', { body: { query: '{ thing { id name } }' } }],
  ['a query with a name', { body: { query: THING, operationName: 'Thing', variables: { id: '1' } } }],
  ['variables of null', { body: { query: THING, variables: null, operationName: null, extensions: null } }],
  ['extensions of a client', { body: { query: THING, extensions: { clientLibrary: { name: 'some client' } } } }],
  ['more than GraphQL over HTTP knows', { body: { query: THING, further: 1 } }],
  ['one of two operations', { body: { query: TWO, operationName: 'B' } }],
  ['a mutation', { body: { query: 'mutation { touch }' } }],
  ['the name of the root type', { body: { query: '{ __typename }' } }],
  ['introspection', { body: { query: '{ __schema { queryType { name } } }' } }],
  ['a type with a charset', { headers: { 'content-type': 'application/json; charset=utf-8' }, body: { query: THING } }],
  [
    'an answer a page of another origin may read',
    { headers: { origin: 'https://shop.example' }, body: { query: THING } },
  ],
  ['accept: anything', { headers: { accept: '*/*' }, body: { query: THING } }],
  ['accept: GraphQL’s own type', { headers: { accept: 'application/graphql-response+json' }, body: { query: THING } }],
  [
    'accept: weights',
    {
      headers: { accept: 'application/json;q=0.5, application/graphql-response+json' },
      body: { query: THING },
    },
  ],
];

/** Known or not, the pipeline writes their answers. */
const others: readonly (readonly [string, Asked])[] = [
  ['a subgraph’s refusal', { body: { query: '{ fails }' } }],
  [
    'a subgraph’s refusal for GraphQL’s type',
    {
      headers: { accept: 'application/graphql-response+json' },
      body: { query: '{ fails }' },
    },
  ],
  ['an error of the inside', { body: { query: '{ defect }' } }],
  ['a subgraph that refuses all', { body: { query: '{ fragile }' } }],
  ['a subgraph that is gone', { body: { query: '{ gone }' } }],
  ['a null that may not be', { body: { query: THING, variables: { id: 'nameless' } } }],
  ['a variable that does not fit', { body: { query: THING, variables: { id: [1] } } }],
  ['no operation of the name', { body: { query: TWO, operationName: 'C' } }],
  ['no name for two operations', { body: { query: TWO } }],
  ['an empty name', { body: { query: THING, operationName: '' } }],
  ['a name that makes a known text', { body: { query: THING, operationName: 'Thing\nThing' } }],
  ['a name of another kind', { body: { query: THING, operationName: 1 } }],
  ['variables as text', { body: { query: THING, variables: '{}' } }],
  ['variables as a list', { body: { query: THING, variables: [] } }],
  ['a text that does not parse', { body: { query: '{ thing {' } }],
  ['a field there is none of', { body: { query: '{ nothing }' } }],
  ['too many fields', { body: { query: `{ ${'thing { id } '.repeat(1_001)} }` } }],
  ['too many tokens', { body: { query: `{ ${'a '.repeat(50_001)} }` } }],
  ['no text', { body: { variables: {} } }],
  ['several in one body', { body: [{ query: THING }, { query: THING }] }],
  ['a broken body', { body: '{"query": "' }],
  ['nothing at all', { body: '' }],
  ['a persisted query', { body: { query: THING, extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } } }],
  ['a subscription', { body: { query: 'subscription { touched }' } }],
  ['a form’s type', { headers: { 'content-type': 'text/plain' }, body: { query: THING } }],
  ['no type', { headers: { 'content-type': '' }, body: { query: THING } }],
  [
    'a type of a form, in disguise',
    {
      headers: { 'content-type': 'text/plain; application/json' },
      body: { query: THING },
    },
  ],
  ['accept: only pages', { headers: { accept: 'text/html' }, body: { query: THING } }],
  ['a token that is none', { headers: { authorization: 'Bearer a.b.c' }, body: { query: THING } }],
  ['a header that is no token', { headers: { authorization: 'Basic abc' }, body: { query: THING } }],
  [
    'GET',
    { method: 'GET', search: `?query=${encodeURIComponent(THING)}`, headers: { 'apollo-require-preflight': '1' } },
  ],
  ['GET as a link', { method: 'GET', search: `?query=${encodeURIComponent(THING)}`, headers: { 'content-type': '' } }],
  ['another method', { method: 'PUT', body: { query: THING } }],
];

describe('an operation that comes again', () => {
  it.each(plain)('is answered past the pipeline, and as by it: %s', async (_, asked) => {
    const right = await ask(pipeline, asked);
    expect(right.status).toBe(200);
    await ask(fast, asked);
    throughPipeline = 0;
    expect(await ask(fast, asked)).toEqual(right);
    expect(throughPipeline).toBe(0);
  });

  it.each(others)('is answered by the pipeline where there is something to say: %s', async (_, asked) => {
    const right = await ask(pipeline, asked);
    // What makes its operation and its answer’s type known.
    await ask(fast, { body: { query: THING, operationName: 'Thing' } });
    await ask(fast, asked);
    expect(await ask(fast, asked)).toEqual(right);
  });

  it('runs once, whoever writes its answer', async () => {
    const failing = { body: { query: 'mutation M { touch } query F { fails }', operationName: 'F' } };
    await ask(fast, failing);
    calls = 0;
    const { told, status } = await ask(fast, failing);
    expect(calls).toBe(1);
    expect(told).toHaveLength(1);
    expect(status).toBe(200);
  });

  it('runs under its own token and trace each time, and not at all when the token has expired', async () => {
    const valid = { authorization: `Bearer ${await token(60_000)}` };
    const asked = { headers: valid, body: { query: THING } };
    const right = await ask(pipeline, asked);
    await ask(fast, asked);
    const again = await ask(fast, asked);
    expect(again).toEqual(right);
    expect(again.told).toMatchObject([
      { principal: expect.stringContaining('4099999000019'), traceparent: TRACEPARENT },
    ]);
    const anonymous = await ask(fast, { body: { query: THING }, headers: { traceparent: 'none' } });
    expect(anonymous.told[0]?.principal).toBeUndefined();
    expect(anonymous.told[0]?.traceparent).not.toBe(TRACEPARENT);
    const expired = { headers: { authorization: `Bearer ${await token(-60_000)}` }, body: { query: THING } };
    expect(await ask(fast, expired)).toEqual(await ask(pipeline, expired));
    expect(await ask(fast, expired)).toMatchObject({ status: 401, told: [] });
  });

  it('takes the pipeline where a plugin wants to see it', async () => {
    throughPipeline = 0;
    for (let times = 0; times < 3; times += 1) await ask(pipeline, { body: { query: THING } });
    expect(throughPipeline).toBe(3);
  });
});
