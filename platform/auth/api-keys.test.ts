// Keys of tills: what was made lets in as its device until it expires; of anything else nothing is told.
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { ApiKeys, makeApiKey, readApiKeys } from './api-keys.ts';

const NOW = Date.parse('2026-11-24T09:00:00Z');
const till = { clientId: 'till-7', roles: ['store'], scopes: ['sales:write'], location: '5060000000016' };
const made = makeApiKey(till);
const short = makeApiKey(till, new Date(NOW + 1_000));
let now = NOW;
const file = JSON.stringify([made.kept, short.kept]);
const keys = new ApiKeys(readApiKeys(file, 'keys.json'), () => now);

it('is kept as a hash only, and lets in as the same device each time', () => {
  expect(file).not.toContain(made.key.split('.')[1]);
  expect(made.kept.hash).toBe(
    createHash('sha256')
      .update(made.key.split('.')[1] ?? '')
      .digest('hex'),
  );
  expect(keys.verify(made.key)).toEqual({ ...till, sub: expect.any(String), jti: `key:${made.kept.prefix}` });
  expect(keys.verify(made.key)).toBe(keys.verify(made.key));
});

it('is refused from the time it expires', () => {
  expect(keys.verify(short.key)).toMatchObject({ clientId: 'till-7' });
  now = NOW + 1_000;
  expect(() => keys.verify(short.key)).toThrow('expired');
  now = NOW;
});

const [prefix = '', secret = ''] = made.key.split('.');
const otherSecret = short.key.split('.')[1] ?? '';
it.each([
  '',
  '.',
  prefix,
  `${prefix}.`,
  `${prefix}.${secret.slice(0, -1)}`,
  `${prefix}.${secret}0`,
  `${prefix}.${secret.toUpperCase()}`,
  `${prefix}.${otherSecret}`,
  `${short.kept.prefix}.${secret}`,
  `abcdef012345.${secret}`,
  `abcdef012345.${'0'.repeat(64)}`,
  `${prefix}.${made.kept.hash}`,
])('%s is refused without a word of why', (key) => {
  expect(() => keys.verify(key)).toThrow('The API key is not valid here');
});

it.each([
  ['no JSON', '['],
  ['no list', '{}'],
  ['a secret in the clear', JSON.stringify([{ ...made.kept, hash: 'secret' }])],
  ['a claim nobody knows', JSON.stringify([{ ...made.kept, principal: { ...till, admin: true } }])],
])('a file with %s is refused whole', (_, text) => {
  expect(() => readApiKeys(text, 'keys.json')).toThrow('keys.json');
});
