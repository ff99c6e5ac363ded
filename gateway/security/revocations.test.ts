// The deny-list: what is revoked is refused until its time, told once, and kept by every store.
import { expect, it } from 'vitest';
import type { Principal } from '#platform/auth/principal.ts';
import { type Revocation, Revocations } from './revocations.ts';

const NOW = 1_795_000_000_000;
let now = NOW;
const ann: Principal = { sub: 'ann', clientId: 'till-1', roles: [], scopes: [], jti: 'a' };

it('refuses a token, or all of a client, until the time given', async () => {
  const revocations = new Revocations(() => now);
  await revocations.revoke({ jti: 'a', untilMs: NOW + 1_000 });
  await revocations.revoke({ clientId: 'till-2', untilMs: NOW + 2_000 });
  const others = [
    ann,
    { ...ann, jti: 'b' },
    { ...ann, jti: 'b', clientId: 'till-2' },
    { sub: 'ann', clientId: 'till-1', roles: [], scopes: [] },
  ];
  const revoked = () => others.map((principal) => revocations.isRevoked(principal));
  expect(revoked()).toEqual([true, false, true, false]);
  now = NOW + 1_000;
  expect(revoked()).toEqual([false, false, true, false]);
  now = NOW;
});

it('tells each revocation once, also those of other gateways, until one stops listening', async () => {
  const kept: Revocation[] = [{ jti: 'kept', untilMs: NOW + 1_000 }];
  let tell: (revocations: readonly Revocation[]) => void = () => undefined;
  const revocations = new Revocations(
    () => now,
    [
      {
        add: async (revocation) => void kept.push(revocation),
        follow: async (told) => {
          tell = told;
          told(kept);
        },
        stop: async () => undefined,
      },
    ],
  );
  const heard: unknown[] = [];
  const stop = revocations.onRevoked(({ jti }) => heard.push(jti));
  await revocations.start();
  await revocations.revoke({ jti: 'own', untilMs: NOW + 1_000 });
  tell(kept);
  tell([...kept, { jti: 'other', untilMs: NOW + 1_000 }, { jti: 'past', untilMs: NOW - 1 }]);
  stop();
  await revocations.revoke({ jti: 'late', untilMs: NOW + 1_000 });
  expect(heard).toEqual(['kept', 'own', 'other']);
  expect(kept.map(({ jti }) => jti)).toEqual(['kept', 'own', 'late']);
});
