// Attacks on who somebody is and what they may see, one by one, against a running gateway: forged and stale tokens, guessed and revoked
// credentials, headers that claim an identity, and ways around the gateway.
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { ApiKeys, makeApiKey } from '#platform/auth/api-keys.ts';
import { PRINCIPAL_HEADER, serializePrincipal } from '#platform/auth/principal.ts';
import { createTokenVerifier } from '#platform/auth/tokens.ts';
import { Revocations } from '../../gateway/security/revocations.ts';
import { type Answer, runGateway, type TestGateway } from '../kit/gateway.ts';
import { principalOf } from '../kit/graph.ts';
import { LOCATION } from '../kit/tickets.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const provider = createServer(
  (_request, response) =>
    void exportJWK(publicKey).then((jwk) =>
      response.end(JSON.stringify({ keys: [{ ...jwk, kid: 'k1', alg: 'RS256', use: 'sig' }] })),
    ),
);
const till = makeApiKey({ clientId: 'till-7', roles: ['store'], scopes: ['orders:read'], location: LOCATION });
const revocations = new Revocations(() => Date.now());
let gateway: TestGateway;
beforeAll(async () => {
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  const jwksUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/`;
  gateway = await runGateway('over HTTP', {
    revocations,
    tokens: (nowMs) => {
      const keys = new ApiKeys(new Map([[till.kept.prefix, till.kept]]), nowMs);
      const settings = { issuer: 'idp', audience: 'graph', key: Buffer.alloc(32, 7), jwksUrl };
      return { ...createTokenVerifier(settings, nowMs), verifyKey: (key) => keys.verify(key) };
    },
  });
});
afterAll(async () => {
  await gateway?.close();
  provider.close();
});

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const seconds = (offset: number) => Math.floor(Date.now() / 1_000) + offset;
const claims = (changes: object = {}) => ({
  ...{ iss: 'idp', aud: 'graph', sub: 'ann', client_id: 'web', exp: seconds(600), jti: 'j1' },
  ...{ roles: ['operator'], scope: 'orders:read' },
  ...changes,
});
const signed = (changes: object = {}, kid = 'k1', alg = 'RS256', typ = 'at+jwt') =>
  new SignJWT(JSON.parse(JSON.stringify(claims(changes)))).setProtectedHeader({ alg, kid, typ }).sign(privateKey);
const hmac = (secret: string | Buffer, header: object) => {
  const text = `${part(header)}.${part(claims())}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
};

const ORDERS = '{ orders { edges { node { id } } } }';
async function send(headers: Record<string, string>, query = ORDERS): Promise<Answer & { readonly status: number }> {
  const body = JSON.stringify({ query });
  const response = await gateway.fetch({
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  return { status: response.status, ...((await response.json()) as Answer) };
}
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const codes = ({ errors }: Answer) => errors?.map(({ extensions }) => extensions?.code);

it('the rightful token and key come in', async () => {
  const seen = { status: 200, data: { orders: { edges: [] } } };
  expect(await send(bearer(await signed()))).toEqual(seen);
  expect(await send({ authorization: `ApiKey ${till.key}` })).toEqual(seen);
  expect(await send({ 'x-api-key': till.key })).toEqual(seen);
});

describe('a token', () => {
  it.each<[string, () => string | Promise<string>]>([
    ['with alg none', () => `${part({ alg: 'none' })}.${part(claims())}.`],
    ['with alg None and a signature', () => `${part({ alg: 'None', kid: 'k1' })}.${part(claims())}.AAAA`],
    ['signed with the public key as a secret', () => hmac(pem, { alg: 'HS256', kid: 'k1' })],
    [
      'signed with the public key in DER as a secret',
      () => hmac(publicKey.export({ type: 'spki', format: 'der' }), { alg: 'HS256', kid: 'k1' }),
    ],
    ['signed with the demo’s own key', () => hmac(Buffer.alloc(32, 7), { alg: 'HS256' })],
    ['that brings its own key', () => hmac('mine', { alg: 'HS256', jwk: { kty: 'oct', k: 'bWluZQ' } })],
    [
      'that names a key of its own at an address',
      () => hmac('mine', { alg: 'HS256', jku: 'http://127.0.0.1:1/', kid: 'k1' }),
    ],
    ['of another algorithm than allowed', () => signed({}, 'k1', 'RS512')],
    ['without expiry', () => signed({ exp: undefined })],
    ['with an expiry that is text', () => signed({ exp: 'tomorrow' })],
    ['that has expired', () => signed({ exp: seconds(-1) })],
    ['that counts from later on', () => signed({ nbf: seconds(300) })],
    ['that is made for another purpose', () => signed({}, 'k1', 'RS256', 'logout+jwt')],
    ['of another audience', () => signed({ aud: 'elsewhere' })],
    ['of no audience', () => signed({ aud: undefined })],
    ['of another issuer', () => signed({ iss: 'elsewhere' })],
    ['of no subject', () => signed({ sub: undefined })],
    ['of a key nobody has', () => signed({}, 'k2')],
    [
      'with other claims than were signed',
      async () =>
        `${part({ alg: 'RS256', kid: 'k1' })}.${part(claims({ sub: 'root' }))}.${(await signed()).split('.')[2]}`,
    ],
    ['that is no token', () => 'a.b.c'],
    ['that is very long', () => `${'a'.repeat(5_000)}.${'b'.repeat(5_000)}.c`],
  ])('%s is refused, not taken for none', async (_, token) => {
    const answer = await send(bearer(await token()));
    expect(answer).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    expect(answer.data).toBeUndefined();
  });

  it('longer than any header may be is refused before it is read', async () => {
    const response = await gateway.fetch({ method: 'POST', headers: bearer(`${'a'.repeat(100_000)}.b.c`), body: '{}' });
    expect(response.status).toBe(431);
  });

  it('that is revoked is refused from the next request on, and a client with all it has', async () => {
    const [one, other] = [await signed({ jti: 'one' }), await signed({ jti: 'other', client_id: 'stolen' })];
    expect((await send(bearer(one))).status).toBe(200);
    expect((await send(bearer(other))).status).toBe(200);
    await revocations.revoke({ jti: 'one', untilMs: Date.now() + 600_000 });
    await revocations.revoke({ clientId: 'stolen', untilMs: Date.now() + 600_000 });
    for (const token of [one, other, await signed({ jti: 'new', client_id: 'stolen' })]) {
      expect(await send(bearer(token))).toMatchObject({ status: 401, errors: [{ message: 'The token was revoked' }] });
    }
    expect((await send(bearer(await signed()))).status).toBe(200);
  });
});

describe('an API key', () => {
  const [prefix = '', secret = ''] = till.key.split('.');
  it.each([
    ['of another secret', `ApiKey ${prefix}.${'0'.repeat(64)}`],
    ['of the hash that is kept', `ApiKey ${prefix}.${till.kept.hash}`],
    ['of a prefix nobody has', `ApiKey abcdef012345.${secret}`],
    ['cut', `ApiKey ${till.key.slice(0, -1)}`],
    ['sent as a token', `Bearer ${till.key}`],
    ['without its scheme', till.key],
  ])('%s is refused', async (_, authorization) => {
    expect(await send({ authorization })).toMatchObject({
      status: 401,
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
  });

  it('lets a socket in, too, and a wrong one does not', async () => {
    const connect = (authorization: string) =>
      new Promise((resolve) => {
        const socket = new WebSocket(gateway.url.replace('http', 'ws'), 'graphql-transport-ws');
        socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } })));
        socket.on('message', (text: Buffer) => {
          resolve((JSON.parse(text.toString()) as { type: string }).type);
          socket.close();
        });
        socket.on('close', resolve);
      });
    expect(await connect(`ApiKey ${till.key}`)).toBe('connection_ack');
    expect(await connect(`ApiKey ${prefix}.${'0'.repeat(64)}`)).toBe(4403);
  });
});

describe('an identity', () => {
  const principal = serializePrincipal(principalOf('operator'));
  it.each([
    [PRINCIPAL_HEADER, encodeURIComponent(principal)],
    ['x-tillgraph-signature', '1.AAAA'],
    ['x-user-id', 'root'],
    ['x-forwarded-user', 'root'],
    ['x-forwarded-authorization', 'Bearer x.y.z'],
  ])('in the header %s is not read', async (name, value) => {
    expect(codes(await send({ [name]: value }))).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE']);
    // Nor does it add to what a token says.
    const weak = await signed({ scope: 'stock:read', roles: [] });
    expect(codes(await send({ [name]: value, ...bearer(weak) }))).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE']);
  });
});

describe('the way around', () => {
  it.each([
    '{ _service { sdl } }',
    '{ _entities(representations: [{ __typename: "Order", id: "1" }]) { __typename } }',
  ])('%s is not there at the gateway', async (query) => {
    const answer = await send(bearer(await signed()), query);
    expect(codes(answer)).toContain('GRAPHQL_VALIDATION_FAILED');
  });

  it.each([
    ['without a signature', {}],
    ['with a principal only', { [PRINCIPAL_HEADER]: encodeURIComponent(serializePrincipal(principalOf('operator'))) }],
    ['with a made-up signature', { 'x-tillgraph-signature': `${Date.now()}.AAAA` }],
    ['with a key that is good at the gateway', { 'x-api-key': till.key }],
  ])('a subgraph itself, asked %s, tells nothing', async (_, headers) => {
    const body = JSON.stringify({ query: '{ _service { sdl } }' });
    const response = await fetch(gateway.server('order').url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    expect([response.status, codes((await response.json()) as Answer)]).toEqual([401, ['REQUEST_NOT_SIGNED']]);
  });
});

describe('a scope one has not', () => {
  it.each([
    'query A { a: orders { edges { node { id } } } }',
    '{ ... on Query { ...F } } fragment F on Query { orders { __typename } }',
    'query ($yes: Boolean = true) { orders @include(if: $yes) { edges { cursor } } }',
    '{ orders @skip(if: false) { pageInfo { hasNextPage } } }',
    '{ order(id: "x") { __typename } }',
    '{ reservation(id: "x") { __typename } }',
  ])('%s does not get around', async (query) => {
    const answer = await send(bearer(await signed({ scope: 'customers:read', roles: ['store'] })), query);
    expect(codes(answer)).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE']);
    expect(Object.values(answer.data ?? {}).filter((value) => value !== null)).toEqual([]);
  });
});
