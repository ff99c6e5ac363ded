// Tokens in and out: what was minted is verified to the same principal until it expires; anything else is refused with a reason.
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { parsePrincipal, serializePrincipal } from './principal.ts';
import { createTokenVerifier, mintToken, type TokenSettings } from './tokens.ts';

const settings: TokenSettings = { issuer: 'us', audience: 'graph', key: Buffer.alloc(32, 1) };
const NOW = Date.parse('2026-11-24T09:00:00Z');
const clerk = {
  sub: 'ann',
  clientId: 'till-1',
  roles: ['store'],
  scopes: ['sales:write', 'orders:read'],
  location: '5060000000016',
};
let now = NOW;
const verifier = createTokenVerifier(settings, () => now);
const inAnHour = new Date(NOW + 3_600_000);

describe('a token of our own', () => {
  it('is verified to the principal it was minted for', async () => {
    const principal = await verifier.verify(await mintToken(settings, clerk, inAnHour));
    expect(principal).toEqual({ ...clerk, jti: expect.any(String), exp: inAnHour.getTime() / 1000 });
    expect(parsePrincipal(serializePrincipal(principal))).toEqual(principal);
    expect(verifier.msLeft(principal)).toBe(3_600_000);
  });

  it('is refused from the second it expires, also when it was accepted before', async () => {
    const token = await mintToken(settings, clerk, inAnHour);
    await verifier.verify(token);
    now = inAnHour.getTime();
    await expect(verifier.verify(token)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining('expired'),
    });
    now = NOW;
  });

  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { sub: 'eve', iss: 'us', aud: 'graph', exp: NOW / 1000 + 60, scope: 'sales:write' };
  const hs256 = (header: object, payload: object, key: Uint8Array = settings.key) => {
    const signed = `${part(header)}.${part(payload)}`;
    return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
  };

  it.each([
    ['alg none', `${part({ alg: 'none' })}.${part(claims)}.`],
    ['another algorithm', hs256({ alg: 'HS512' }, claims)],
    ['another key', hs256({ alg: 'HS256' }, claims, Buffer.alloc(32, 2))],
    [
      'changed claims',
      `${part({ alg: 'HS256' })}.${part({ ...claims, sub: 'root' })}.${hs256({ alg: 'HS256' }, claims).split('.')[2]}`,
    ],
    ['another audience', hs256({ alg: 'HS256' }, { ...claims, aud: 'elsewhere' })],
    ['another issuer', hs256({ alg: 'HS256' }, { ...claims, iss: 'them' })],
    ['no expiry', hs256({ alg: 'HS256' }, { ...claims, exp: undefined })],
    ['no subject', hs256({ alg: 'HS256' }, { ...claims, sub: undefined })],
    ['a time it counts from that is not here yet', hs256({ alg: 'HS256' }, { ...claims, nbf: NOW / 1000 + 30 })],
    ['nothing', ''],
  ])('with %s is refused', async (_, token) => {
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

it('a token of an identity provider is verified by its key set, and ours is not accepted then', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' };
  const server = createServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] })));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
  const theirs = createTokenVerifier({ ...settings, jwksUrl }, () => NOW);
  const sign = (kid: string) =>
    new SignJWT({ scope: 'orders:read', azp: 'web', roles: 'admin' })
      .setProtectedHeader({ alg: 'ES256', kid })
      .setSubject('ann')
      .setIssuer('us')
      .setAudience('graph')
      .setExpirationTime(inAnHour)
      .sign(privateKey);
  try {
    expect(await theirs.verify(await sign('k1'))).toMatchObject({
      sub: 'ann',
      clientId: 'web',
      scopes: ['orders:read'],
      roles: [],
    });
    await expect(theirs.verify(await mintToken(settings, clerk, inAnHour))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    await expect(theirs.verify(await sign('k2'))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  } finally {
    server.close();
  }
});
