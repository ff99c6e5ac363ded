// What an operation of this graph may cost, what a client may spend, how often a business object may be touched, who may send what:
// over HTTP, sockets and event streams alike.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getOperationAST, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PRODUCT_PAGE } from '../../bench/kit/product-page.ts';
import { graphLimits } from '../../gateway/security/graph-limits.ts';
import { Guard } from '../../gateway/security/guarded-engine.ts';
import { limitsOf } from '../../gateway/security/limit-settings.ts';
import { TrustedDocuments } from '../../gateway/security/trusted-documents.ts';
import { eventStream } from '../kit/event-stream.ts';
import { type Answer, runGateway, type TestGateway } from '../kit/gateway.ts';

const LOCATIONS = '{ locations { gln } }';
const TRUSTED = 'query Trusted($sku: ID!) { variant(sku: $sku) { sku } }';
const LIVE = 'subscription { stockChanged(skus: ["MUG"]) { cursor } }';
const trusted = new TrustedDocuments(
  new Map([
    ['one', TRUSTED],
    ['live', LIVE],
  ]),
);

let gateway: TestGateway;
beforeAll(async () => {
  const { clients, ...limits } = graphLimits;
  const own = { 'client:kiosk': { trustedOnly: true }, 'client:meter': { cost: 100, perSecond: 1, burst: 100 } };
  gateway = await runGateway('in process', {
    guard: new Guard({
      limits: limitsOf({
        ...limits,
        directives: 3,
        clients: { ...clients, ...own },
        objects: [{ field: 'adjustStock', keys: ['input.location', 'input.sku'], points: 2, seconds: 60 }],
      }),
      introspection: 'role',
      trusted,
      redis: undefined,
    }),
  });
});
afterAll(() => gateway?.close());

async function post(
  body: Record<string, unknown>,
  token?: string,
): Promise<Answer & { status: number; headers: Headers }> {
  const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const response = await gateway.fetch({ method: 'POST', headers, body: JSON.stringify(body) });
  return { ...((await response.json()) as Answer), status: response.status, headers: response.headers };
}
const codesOf = ({ errors }: Answer) => errors?.map(({ extensions }) => extensions?.code);

describe('cost', () => {
  const examples = join(import.meta.dirname, '../../examples');
  const files = readdirSync(examples).filter((file) => file.endsWith('.graphql'));

  it.each(files)('of %s is what anybody may spend', async (file) => {
    const query = readFileSync(join(examples, file), 'utf8');
    if (getOperationAST(parse(query))?.operation === 'subscription') return expect(query).toContain('subscription');
    const answer = await post({ query });
    return expect([undefined, 'UNAUTHORIZED_FIELD_OR_TYPE']).toContain(codesOf(answer)?.[0]);
  });

  it('of a product page and of a page of search results is what anybody may spend', async () => {
    const page = await post({ query: PRODUCT_PAGE, variables: { sku: 'MUG', customerId: 'c' } });
    expect(codesOf(page)).not.toContain('COST_ESTIMATED_TOO_EXPENSIVE');
    const results = `{ searchProducts(text: "mug", first: 50) { edges { node { title handle variants {
      sku title price { amount { amount currency } } } } } pageInfo { endCursor } } }`;
    expect(await post({ query: results })).toMatchObject({ status: 200, data: { searchProducts: { edges: [] } } });
    const skus = Array.from({ length: 20 }, (_, at) => `SKU-${at}`);
    const list = `query ($skus: [ID!]!) { variants(skus: $skus) { title price { amount { amount } } stock { at { name } available { value } } } }`;
    expect((await post({ query: list, variables: { skus } })).errors).toBeUndefined();
  });

  it('over what anybody may spend is refused before anything is fetched, with the place and the way out', async () => {
    const query = `query ($first: Int) { searchProducts(text: "", first: $first) { edges { node { variants { product { variants {
      stock { at { name } } } } } } } } }`;
    const answer = await post({ query, variables: { first: 100 } });
    expect(answer).toMatchObject({
      status: 400,
      errors: [
        {
          message: expect.stringMatching(
            /costs \d+, and may cost 3000; most of it at searchProducts\.edges\.node\.variants.*smaller `first`/,
          ),
          extensions: {
            code: 'COST_ESTIMATED_TOO_EXPENSIVE',
            cost: { limit: 3_000, estimated: expect.any(Number), path: expect.stringContaining('searchProducts') },
          },
        },
      ],
    });
    expect(answer).not.toHaveProperty('data');
    expect((await post({ query, variables: { first: 1 } })).status).toBe(200);
    // The same, known by now: variables decide each time.
    expect((await post({ query, variables: { first: 100 } })).status).toBe(400);
  });

  it('is refused on sockets and event streams too, a subscription as a query', async () => {
    const query = `{ searchProducts(text: "", first: 100) { edges { node { variants { stock { at { name } } } } } } }`;
    await expect(gateway.connect().subscribe(query).next()).resolves.toMatchObject({
      errors: [{ extensions: { code: 'COST_ESTIMATED_TOO_EXPENSIVE' } }],
    });
    const [events] = await (await eventStream(gateway.url, { query })).answers(1);
    expect(codesOf(events ?? {})).toEqual(['COST_ESTIMATED_TOO_EXPENSIVE']);
    const live = `subscription { stockChanged(skus: ["MUG"]) { position { variant { product { variants { stock { variant { product {
      variants { stock { at { name } } } } } } } } } } } }`;
    await expect(gateway.connect().subscribe(live).next()).resolves.toMatchObject({
      errors: [{ message: expect.stringContaining('may cost 3000') }],
    });
  });

  it('of a till’s many lines is not a shopper’s', async () => {
    const skus = Array.from({ length: 200 }, (_, at) => `SKU-${at}`);
    const variables = { skus };
    const query = 'query ($skus: [ID!]!) { stockPositions(skus: $skus) { sku available { value } } }';
    expect((await post({ query, variables })).status).toBe(400);
    expect((await post({ query, variables }, await gateway.token('store'))).status).toBe(200);
  });
});

describe('size', () => {
  it('is what was set, over HTTP and on sockets', async () => {
    const query = (count: number) => `{ locations ${'@skip(if: false) '.repeat(count)} { gln } }`;
    const message = 'There are 4 directives at one place, and may be 3';
    expect((await post({ query: query(3) })).errors?.[0]?.message).not.toBe(message);
    const told = (await post({ query: query(4) })).errors?.map((error) => error.message);
    expect(told).toContain(message);
    await expect(gateway.connect().subscribe(query(4)).next()).rejects.toThrow(message);
  });
});

describe('a budget', () => {
  it('that is used up refuses with 429 and when to come back, this client only', async () => {
    const meter = await gateway.token('operator', { clientId: 'meter' });
    const ask = () => post({ query: '{ locations { gln } }' }, meter);
    expect((await ask()).status).toBe(200);
    const refused = await ask();
    expect(refused).toMatchObject({ status: 429, errors: [{ extensions: { code: 'RATE_LIMITED' } }] });
    const { retryAfterMs } = (refused.errors?.[0]?.extensions ?? {}) as { retryAfterMs?: number };
    expect(retryAfterMs).toBeGreaterThan(1_000);
    expect(Number(refused.headers.get('retry-after'))).toBe(Math.ceil((retryAfterMs ?? 0) / 1_000));
    expect((await post({ query: LOCATIONS }, await gateway.token('operator'))).status).toBe(200);
    const socket = gateway.connect(meter).subscribe(LOCATIONS);
    await expect(socket.next()).resolves.toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] });
  });
});

describe('a business object', () => {
  it('may be touched so often, however it is written and whoever asks; another one is free', async () => {
    const query = `mutation ($input: AdjustStockInput!) { adjustStock(input: $input) { __typename } }`;
    const ask = async (sku: string, clientId: string) => {
      const input = { idempotencyKey: 'k', sku, location: '9520001000010', delta: { value: '1' }, reasonCode: 'FOUND' };
      return post({ query, variables: { input } }, await gateway.token('operator', { clientId }));
    };
    expect((await ask('RARE', 'one')).status).toBe(200);
    expect((await ask('rare', 'two')).status).toBe(200);
    const third = await ask('Rare', 'three');
    expect(third).toMatchObject({
      status: 429,
      errors: [{ message: expect.stringContaining('adjustStock came too often') }],
    });
    expect((await ask('OTHER', 'one')).status).toBe(200);
    // Under an alias, within a fragment and without variables it is the same object.
    const inline = `mutation { ...M } fragment M on Mutation { x: adjustStock(input: { idempotencyKey: "k", sku: "RARE",
      location: "9520001000010", delta: { value: "1" }, reasonCode: "FOUND" }) { __typename } }`;
    expect((await post({ query: inline }, await gateway.token('operator'))).status).toBe(429);
  });
});

describe('a trusted document', () => {
  const variables = { sku: 'MUG' };

  it.each([
    ['documentId', { documentId: 'one' }],
    ['a hash', { extensions: { persistedQuery: { version: 1, sha256Hash: 'one' } } }],
    ['a hash with its kind', { documentId: 'sha256:one' }],
  ])('is found by %s', async (_, named) => {
    expect(await post({ ...named, variables })).toMatchObject({ status: 200, data: { variant: null } });
  });

  it('is found by a GET, on a socket and as an event stream', async () => {
    const search = `?documentId=one&variables=${encodeURIComponent(JSON.stringify(variables))}`;
    const got = await gateway.fetch({ search, headers: { 'apollo-require-preflight': '1' } });
    expect(await got.json()).toEqual({ data: { variant: null } });
    const events = await gateway.fetch({ search, headers: { accept: 'text/event-stream' } });
    expect(await events.text()).toContain('data: {"data":{"variant":null}}');
    const live = gateway.connect().subscribe('', variables, { persistedQuery: { sha256Hash: 'one' } });
    expect(await live.next()).toEqual({ data: { variant: null } });
  });

  it('that is not there is refused; automatic persisted queries are told that they are off', async () => {
    expect(await post({ documentId: 'two' })).toMatchObject({
      status: 400,
      errors: [{ message: 'There is no trusted document two', extensions: { code: 'DOCUMENT_NOT_TRUSTED' } }],
    });
    const hash = { persistedQuery: { version: 1, sha256Hash: 'f'.repeat(64) } };
    expect(codesOf(await post({ extensions: hash }))).toEqual(['PERSISTED_QUERY_NOT_SUPPORTED']);
  });

  it('is all that some clients may send', async () => {
    const kiosk = await gateway.token('shopper', { clientId: 'kiosk' });
    expect((await post({ documentId: 'one', variables }, kiosk)).status).toBe(200);
    expect((await post({ query: TRUSTED, variables }, kiosk)).status).toBe(200);
    expect(await post({ query: LOCATIONS }, kiosk)).toMatchObject({
      status: 403,
      errors: [{ extensions: { code: 'DOCUMENT_NOT_TRUSTED' } }],
    });
    // Known from another client by now.
    expect((await post({ query: LOCATIONS })).status).toBe(200);
    expect((await post({ query: LOCATIONS }, kiosk)).status).toBe(403);
    const socket = gateway.connect(kiosk);
    await expect(socket.subscribe(LIVE.replace('MUG', 'CUP')).next()).resolves.toMatchObject({
      errors: [{ extensions: { code: 'DOCUMENT_NOT_TRUSTED' } }],
    });
  });

  it('counts for event streams too, which are rewritten to be resumable', async () => {
    const headers = { authorization: `Bearer ${await gateway.token('shopper', { clientId: 'kiosk' })}` };
    const other = await eventStream(gateway.url, { query: LIVE.replace('MUG', 'CUP'), headers });
    expect(await other.answers(1)).toMatchObject([{ errors: [{ extensions: { code: 'DOCUMENT_NOT_TRUSTED' } }] }]);
    const inventory = gateway.subgraph('inventory');
    await expect.poll(() => inventory.subscribers).toBe(0);
    const live = await eventStream(gateway.url, { query: LIVE, headers });
    await expect.poll(() => inventory.subscribers).toBe(1);
    live.leave();
    await expect.poll(() => inventory.subscribers).toBe(0);
  });
});

describe('the schema', () => {
  const SCHEMA = '{ ...S } fragment S on Query { __schema { queryType { name } } }';
  const MISSPELT = '{ locatons { gln } }';
  const WRONG = `{ customerByIdentity(type: EMAL, value: "x") { id } }`;

  it('is told to who is entitled', async () => {
    const operator = await gateway.token('operator');
    expect(await post({ query: SCHEMA }, operator)).toMatchObject({
      data: { __schema: { queryType: { name: 'Query' } } },
    });
    expect((await post({ query: MISSPELT }, operator)).errors?.[0]?.message).toContain('Did you mean');
  });

  it('is not told to others, neither asked for nor by guesses of what they meant', async () => {
    for (const token of [undefined, await gateway.token('shopper')]) {
      expect(await post({ query: SCHEMA }, token)).toMatchObject({
        status: 403,
        errors: [{ extensions: { code: 'INTROSPECTION_DISABLED' } }],
      });
      for (const query of [MISSPELT, WRONG]) {
        const [error] = (await post({ query }, token)).errors ?? [];
        expect(error?.message).not.toContain('Did you mean');
        expect(error?.message).toMatch(/Cannot query field|does not exist/);
      }
    }
    await expect(gateway.connect().subscribe(MISSPELT).next()).rejects.toThrow(
      /^Cannot query field "locatons" on type "Query"\.$/,
    );
    expect(await post({ query: '{ __typename }' })).toMatchObject({ data: { __typename: 'Query' } });
  });
});
