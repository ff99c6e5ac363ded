// The gateway's HTTP edge: what is let in, what is refused before GraphQL sees it, health, and the page for browsers.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PRINCIPAL_HEADER, serializePrincipal } from '#platform/auth/principal.ts';
import { createTokenVerifier, mintToken } from '#platform/auth/tokens.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import { startGateway } from '../../gateway/gateway.ts';
import { query } from '../kit/database.ts';
import { type Answer, runGateway, supergraphSdl, type TestGateway, tokenSettings } from '../kit/gateway.ts';
import { principalOf } from '../kit/graph.ts';
import { line, saleInput } from '../kit/tickets.ts';

const json = { 'content-type': 'application/json' };
const ORDER = '{ order(id: "one") { id } }';
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await runGateway('in process');
});
afterAll(() => gateway?.close());

async function post(body: string, headers: Record<string, string> = json): Promise<{ status: number } & Answer> {
  const response = await gateway.fetch({ method: 'POST', headers, body });
  return { status: response.status, ...((await response.json()) as Answer) };
}
const codesOf = ({ errors }: Answer) => errors?.map(({ extensions }) => extensions?.code);

describe('a request', () => {
  it('with a broken body, no body or one too large is refused as the caller’s mistake', async () => {
    expect(await post('{"query": "{ __typename')).toMatchObject({
      status: 400,
      errors: [{ extensions: { code: 'BAD_REQUEST' } }],
    });
    expect(await post('')).toMatchObject({ status: 400, errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    expect(await post('{}')).toMatchObject({ status: 400, errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    const large = JSON.stringify({ query: '{ __typename }', variables: { x: 'x'.repeat(8 * 1024 * 1024) } });
    expect(await post(large)).toMatchObject({ status: 413, errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
  });

  it('with several operations in one body is refused', async () => {
    const batch = await post(JSON.stringify([{ query: '{ __typename }' }, { query: '{ __typename }' }]));
    expect(batch).toMatchObject({ status: 400, errors: [{ message: expect.stringContaining('batching') }] });
  });

  it('that a foreign page could make a browser send is refused', async () => {
    const body = JSON.stringify({ query: '{ __typename }' });
    expect(await post(body, { 'content-type': 'text/plain' })).toMatchObject({
      status: 400,
      errors: [{ message: expect.stringContaining('CSRF') }],
    });
    const simple = await gateway.fetch({ search: '?query={__typename}' });
    expect(simple.status).toBe(400);
    const preflight = await gateway.fetch({
      method: 'OPTIONS',
      headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('whose variable does not fit is told the field and why, in few words whatever was sent', async () => {
    const sell = 'mutation ($sale: RecordSaleInput!) { recordSale(input: $sale) { __typename } }';
    const mug = line(1, 'MUG-BLUE', 1, '4.50', '4.50');
    const token = await gateway.token('store', { location: '5060000000016' });
    const ask = async (gtin: unknown) =>
      (await gateway.ask(sell, { sale: saleInput({ lines: [{ ...mug, gtin }] }) }, token)).errors?.find(({ message }) =>
        message.includes('].gtin"'),
      );
    expect(await ask('4006381333932')).toEqual({
      message:
        'Variable "$sale" got invalid value "4006381333932" at "sale.lines[0].gtin"; Gtin "4006381333932" has the check digit 2 where 1 belongs',
      extensions: {
        code: 'BAD_USER_INPUT',
        issues: [{ path: 'lines.0.gtin', message: 'Gtin "4006381333932" has the check digit 2 where 1 belongs' }],
      },
    });
    expect(JSON.stringify(await ask('x'.repeat(1_000_000))).length).toBeLessThan(3_000);
    const list = await gateway.ask('query ($skus: [ID!]!) { variants(skus: $skus) { sku } }', { skus: ['MUG', null] });
    expect(list.errors).toMatchObject([{ extensions: { issues: [{ path: 'skus.1' }] } }]);
  });

  it('that is small to send and endless to answer is refused, and the next one is answered', async () => {
    const circle = (turns: number) =>
      `{ product(id: "p") { ${'variants { product { '.repeat(turns)} id ${'} }'.repeat(turns)} } }`;
    const aliases = Array.from({ length: 2_000 }, (_, at) => `a${at}: locations { gln }`).join(' ');
    const live = gateway.connect().subscribe(circle(500));
    for (const text of [circle(3), circle(500), `{ ${aliases} }`, `{ x(y: [${'1 '.repeat(60_000)}]) }`]) {
      const answer = await post(JSON.stringify({ query: text }));
      expect(answer.status).toBe(400);
      expect(codesOf(answer)).toEqual([expect.stringMatching(/^GRAPHQL_(PARSE|VALIDATION)_FAILED$/)]);
      expect(answer.errors?.[0]?.message).toMatch(/goes round in a circle|under more than 20 names|token/);
    }
    await expect(live.next()).rejects.toThrow('goes round in a circle');
    expect(await post(JSON.stringify({ query: circle(2) }))).toEqual({ status: 200, data: { product: null } });
  });

  it('that nests too deeply to be read is told so', async () => {
    const skus = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    expect(await post(JSON.stringify({ query: `{ variants(skus: ${skus}) { sku } }` }))).toMatchObject({
      status: 400,
      errors: [{ message: expect.stringContaining('nests too deeply'), extensions: { code: 'GRAPHQL_PARSE_FAILED' } }],
    });
  });

  it('may be a GET for a query, never for a mutation', async () => {
    const headers = { 'apollo-require-preflight': 'yes' };
    const read = await gateway.fetch({ search: `?query=${encodeURIComponent('{ __typename }')}`, headers });
    expect(await read.json()).toEqual({ data: { __typename: 'Query' } });
    const mutation =
      'mutation { releaseReservation(input: { idempotencyKey: "k", reservationId: "r" }) { __typename } }';
    const write = await gateway.fetch({ search: `?query=${encodeURIComponent(mutation)}`, headers });
    expect([write.status, write.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('to another path is told where the graph is', async () => {
    const response = await fetch(new URL('/api?x=1', gateway.url));
    expect(response.status).toBe(404);
    expect(((await response.json()) as Answer).errors?.[0]?.message).toBe(
      'There is nothing at /api; the graph is at /graphql',
    );
  });
});

describe('a token', () => {
  const askWith = (authorization: string) => post(JSON.stringify({ query: ORDER }), { ...json, authorization });
  const mint = (changes: Partial<typeof tokenSettings>, at: number) =>
    mintToken({ ...tokenSettings, ...changes }, principalOf('operator'), new Date(at));
  const unsigned = (token: string) => {
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    return `${none}.${token.split('.')[1]}.x`;
  };

  it('that is valid lets in', async () => {
    expect(await askWith(`Bearer ${await gateway.token('operator')}`)).toMatchObject({
      status: 200,
      data: { order: null },
    });
  });

  it.each([
    ['expired', 'The token has expired', (now: number) => mint({}, now - 1_000)],
    ['of another audience', '"aud"', (now: number) => mint({ audience: 'elsewhere' }, now + 60_000)],
    ['of another issuer', '"iss"', (now: number) => mint({ issuer: 'elsewhere' }, now + 60_000)],
    ['signed with another key', 'not valid here', (now: number) => mint({ key: Buffer.alloc(32, 7) }, now + 60_000)],
    ['with alg none', 'not valid here', async (now: number) => unsigned(await mint({}, now + 60_000))],
    ['of garbage', 'must be "Bearer <token>"', async () => 'garbage'],
  ])('%s is refused, not taken for none', async (_, message, token) => {
    const answer = await askWith(`Bearer ${await token(gateway.clock.now().getTime())}`);
    expect(answer).toMatchObject({ status: 401, errors: [{ message: expect.stringContaining(message) }] });
    expect(codesOf(answer)).toEqual(['UNAUTHENTICATED']);
    expect(answer.data).toBeUndefined();
  });

  it('is looked at again each time: one that was good until now is refused from now on', async () => {
    const bearer = `Bearer ${await gateway.token('operator')}`;
    expect((await askWith(bearer)).status).toBe(200);
    gateway.clock.advance(3_600_000);
    expect((await askWith(bearer)).status).toBe(401);
  });

  it('is the only way to say who asks: the header for subgraphs is not read', async () => {
    const principal = encodeURIComponent(serializePrincipal(principalOf('operator')));
    const answer = await post(JSON.stringify({ query: ORDER }), { ...json, [PRINCIPAL_HEADER]: principal });
    expect(codesOf(answer)).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE']);
  });
});

describe('an address', () => {
  const options = {
    supergraphSdl,
    subgraphs: [],
    tokens: createTokenVerifier(tokenSettings, Date.now),
    logger: silentLogger,
  };
  it.each([
    [
      'that another program has',
      '127.0.0.1',
      () => Number(new URL(gateway.url).port),
      /PORT=\d+ is taken on 127.0.0.1/,
    ],
    ['that is not of this machine', '203.0.113.5', () => 0, /HOST=203.0.113.5 is no address of this machine/],
    ['that is none', 'no.such.host.invalid', () => 0, /HOST=no.such.host.invalid is no address/],
  ])('%s is refused with the setting and what to do', async (_, host, port, message) => {
    const starting = startGateway({ ...options, host, port: port() });
    await expect(starting).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringMatching(message),
    });
  });
});

describe('health', () => {
  const at = async (path: string) => (await fetch(new URL(path, gateway.url))).status;

  it('is ready while every database answers, and alive all the time', async () => {
    expect([await at('/livez'), await at('/readyz')]).toEqual([200, 200]);
    await query(gateway.databaseUrl, 'alter table orders.event_log rename to away');
    expect([await at('/livez'), await at('/readyz')]).toEqual([200, 503]);
    await query(gateway.databaseUrl, 'alter table orders.away rename to event_log');
    expect(await at('/readyz')).toBe(200);
  });
});

describe('the page for browsers', () => {
  it('comes whole from here, with the examples as tabs', async () => {
    const response = await gateway.fetch({ headers: { accept: 'text/html' } });
    expect(response.headers.get('content-type')).toContain('text/html');
    const page = await response.text();
    expect(page).toContain('MUG-BLUE');
    // Scripts and styles are in the page: nothing is loaded by an element, an import or a style sheet.
    expect(page.match(/<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=["']?(?:https?:)?\/\/[^>]*>/gi)).toBeNull();
    expect(
      page.match(/@import\s+(?:url\()?["']?https?:|url\(\s*["']?(?:https?:)?\/\/|\bimport\(\s*["'`]https?:/gi),
    ).toBeNull();
  });
});
