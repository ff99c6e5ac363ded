// The other engine behind the same gateway: where it was chosen, and where our planner has no build for the platform.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTokenVerifier, everybodyAnonymous } from '#platform/auth/tokens.ts';
import { systemClock } from '#platform/kernel/clock.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import { createEngine } from '../../gateway/engine/create-engine.ts';
import { type Gateway, startGateway } from '../../gateway/gateway.ts';
import { createHttpSubgraph } from '../../gateway/transports/http-subgraph.ts';
import { ask } from '../kit/federation/ask.ts';
import { composeWorld } from '../kit/federation/world.ts';
import { worlds } from '../kit/federation/worlds.ts';
import { type Answer, tokenSettings } from '../kit/gateway.ts';
import { slowSubgraphs } from '../kit/slow-subgraphs.ts';

const definition = worlds.find(({ name }) => name.startsWith('people'));
if (!definition) throw new Error('no world of people');
const world = composeWorld(definition)({ seed: 1, nulls: 0, failures: 0 });
const { supergraphSdl, clients: subgraphs } = world;
const PEOPLE = '{ people { id label ... on Employee { bonus(percent: 5) rooms { size } } } }';

/** As on a platform for which the planner's package has no binary. */
const WITHOUT_PLANNER = `
const Module = require('node:module');
const resolve = Module._resolveFilename;
Module._resolveFilename = function (name, ...rest) {
  if (name === '@graphql-hive/router-query-planner') throw new Error('Cannot find native binding');
  return resolve.call(this, name, ...rest);
};`;

describe('where the planner has no build', () => {
  let folder: string;
  const options = process.env.NODE_OPTIONS;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tillgraph-no-planner-'));
    await writeFile(join(folder, 'without.cjs'), WITHOUT_PLANNER);
    process.env.NODE_OPTIONS = `--require ${join(folder, 'without.cjs')}`;
  });
  afterAll(async () => {
    if (options === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = options;
    await rm(folder, { recursive: true });
  });

  it('the other engine answers, and the operator is told so', { timeout: 60_000 }, async () => {
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (_: unknown, text: string) => warnings.push(text) } as never;
    const engine = await createEngine({ engine: 'tillgraph', supergraphSdl, subgraphs, logger });
    expect(warnings).toEqual([expect.stringContaining('GATEWAY_ENGINE=apollo')]);
    expect(engine.constructor.name).toBe('ApolloEngine');
    const right = await world.rightAnswer(parse(PEOPLE), {});
    expect((await ask(engine, PEOPLE)).data).toEqual(JSON.parse(JSON.stringify(right.data)));
    await engine.stop();
  });
});

it('where the planner is there and refuses the supergraph, it is the supergraph that is told to be wrong', async () => {
  const warnings: unknown[] = [];
  const logger = { ...silentLogger, warn: (...line: unknown[]) => warnings.push(line) } as never;
  // GraphQL all right, but not to this planner.
  const large = 'directive @weight(of: Int) on SCALAR scalar Large @weight(of: 99999999999999999999999)';
  const refusal = createEngine({
    engine: 'tillgraph',
    supergraphSdl: `${supergraphSdl}\n${large}`,
    subgraphs,
    logger,
  });
  await expect(refusal).rejects.toMatchObject({
    code: 'SUPERGRAPH_INVALID',
    message: expect.stringMatching(/^The query planner cannot plan for the supergraph; GATEWAY_ENGINE=apollo /),
  });
  expect(warnings).toEqual([]);
});

describe('a gateway with GATEWAY_ENGINE=apollo', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    const tokens = createTokenVerifier(tokenSettings, () => Date.now());
    const at = { host: '127.0.0.1', port: 0 };
    gateway = await startGateway({ engine: 'apollo', supergraphSdl, subgraphs, tokens, logger: silentLogger, ...at });
  }, 60_000);
  afterAll(() => gateway?.close());

  async function post(body: object): Promise<{ status: number } & Answer> {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, ...((await response.json()) as Answer) };
  }

  it('answers the first time and again', { timeout: 60_000 }, async () => {
    const right = JSON.parse(JSON.stringify((await world.rightAnswer(parse(PEOPLE), {})).data));
    for (let times = 0; times < 3; times += 1)
      expect(await post({ query: PEOPLE })).toEqual({ status: 200, data: right });
    expect(await post({ query: '{ __typename __schema { queryType { name } } }' })).toMatchObject({
      data: { __typename: 'Query', __schema: { queryType: { name: 'Query' } } },
    });
  });

  it('refuses what is no operation of the graph', { timeout: 60_000 }, async () => {
    for (const body of [{ query: '{ nothing }' }, { query: '{' }, { query: '{ people { nobody } }' }, {}]) {
      const { status, errors } = await post(body);
      expect(status).toBeLessThan(500);
      expect(errors?.[0]?.extensions?.code).toMatch(/^(BAD_REQUEST|GRAPHQL_PARSE_FAILED|GRAPHQL_VALIDATION_FAILED)$/);
    }
  });

  it('tells a subgraph that is away as such, beside the rest', { timeout: 60_000 }, async () => {
    const slow = await slowSubgraphs({});
    const away = createHttpSubgraph({ name: 'sign', url: 'http://127.0.0.1:9/', clock: systemClock });
    const clients = slow.clients.map((client) => (client.name === 'sign' ? away : client));
    const at = { host: '127.0.0.1', port: 0, tokens: everybodyAnonymous, logger: silentLogger };
    const started = await startGateway({ engine: 'apollo', ...slow, subgraphs: clients, ...at });
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ query: '{ item { id price } }' });
    const response = await fetch(started.url, { method: 'POST', headers, body });
    expect(await response.json()).toMatchObject({
      data: { item: { id: '1', price: null } },
      errors: [{ extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }],
    });
    await started.close();
    await slow.close();
  });
});
