// A provider's keys over time: one that is taken back is good for no token any more, whether it was seen before or not.
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTokenVerifier, type TokenVerifier } from './tokens.ts';

const pairs = { k1: generateKeyPairSync('ed25519'), k2: generateKeyPairSync('ed25519') };
type Kid = keyof typeof pairs;
const MINUTE = 60_000;
let offered: readonly Kid[];
const provider = createServer((_request, response) => {
  void Promise.all(
    offered.map(async (kid) => ({ ...(await exportJWK(pairs[kid].publicKey)), kid, alg: 'EdDSA', use: 'sig' })),
  ).then((keys) => response.end(JSON.stringify({ keys })));
});
let verifier: TokenVerifier;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  offered = ['k1'];
  await once(provider.listen(0, '127.0.0.1'), 'listening');
  const jwksUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/`;
  verifier = createTokenVerifier({ issuer: 'idp', audience: 'graph', key: Buffer.alloc(32), jwksUrl }, () =>
    Date.now(),
  );
});
afterEach(() => {
  vi.useRealTimers();
  provider.close();
  provider.closeAllConnections();
});

const token = (kid: Kid) =>
  new SignJWT({})
    .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'JWT' })
    .setSubject('ann')
    .setIssuer('idp')
    .setAudience('graph')
    .setExpirationTime(Math.floor(Date.now() / 1_000) + 3_600)
    .sign(pairs[kid].privateKey);
const refused = { code: 'UNAUTHENTICATED' };

describe('a key of the provider', () => {
  it('that is taken back is good no longer, not even for a token seen before', async () => {
    const seen = await token('k1');
    await expect(verifier.verify(seen)).resolves.toMatchObject({ sub: 'ann' });
    offered = ['k2'];
    vi.setSystemTime(Date.now() + 11 * MINUTE);
    await expect(verifier.verify(seen)).rejects.toMatchObject(refused);
    await expect(verifier.verify(await token('k2'))).resolves.toMatchObject({ sub: 'ann' });
  });

  it('that is new is asked for when its first token comes', async () => {
    await verifier.verify(await token('k1'));
    offered = ['k1', 'k2'];
    vi.setSystemTime(Date.now() + MINUTE);
    await expect(verifier.verify(await token('k2'))).resolves.toMatchObject({ sub: 'ann' });
  });
});
