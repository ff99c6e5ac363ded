// The provider's keys: new ones are found, the known ones hold while it is away, and no token makes us ask it again and again.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTokenVerifier } from './tokens.ts';

const keys = new Map<string, KeyObject>();
let published: JWK[] = [];
let isAway = false;
let asked = 0;
const server = createServer((_request, response) => {
  asked += 1;
  response
    .writeHead(isAway ? 503 : 200, { 'content-type': 'application/json' })
    .end(JSON.stringify({ keys: published }));
});
let url = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => void server.close());

async function publish(kid: string): Promise<void> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  keys.set(kid, privateKey);
  published = [...published, { ...(await exportJWK(publicKey)), kid, alg: 'ES256' }];
}
const sign = (kid: string, signedBy = kid, sub = 'ann') =>
  new SignJWT({ aud: 'graph' })
    .setProtectedHeader({ alg: 'ES256', kid })
    .setSubject(sub)
    .setIssuer('us')
    .setExpirationTime('1h')
    .sign(keys.get(signedBy) as KeyObject);
const verifier = (nowMs = () => Date.now()) =>
  createTokenVerifier({ issuer: 'us', audience: ['other', 'graph'], key: Buffer.alloc(32), jwksUrl: url }, nowMs);

it('accepts what they signed, for any of the audiences, and asks once for many tokens of keys nobody has', async () => {
  await publish('k1');
  const tokens = verifier();
  asked = 0;
  expect(await tokens.verify(await sign('k1'))).toMatchObject({ sub: 'ann' });
  for (let times = 0; times < 20; times += 1) {
    await expect(tokens.verify(await sign(`unknown-${times}`, 'k1'))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  }
  expect(asked).toBe(1);
});

it('holds while the provider is away, which is then not asked with each token', async () => {
  const tokens = verifier();
  await tokens.verify(await sign('k1'));
  isAway = true;
  asked = 0;
  const now = Date.now();
  const verifyLater = verifier(() => now);
  // This one never heard of a key: nobody comes in, and one question stands for all.
  for (let times = 0; times < 5; times += 1) {
    await expect(verifyLater.verify(await sign('k1', 'k1', `eve-${times}`))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  }
  expect(asked).toBe(1);
  expect(await tokens.verify(await sign('k1', 'k1', 'ben'))).toMatchObject({ sub: 'ben' });
  isAway = false;
});
