// Signed requests: accepted within a minute and for exactly what was signed; any change of it is refused.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { deriveKeys } from './keys.ts';
import { type SignedRequest, signRequest, verifyRequest } from './signature.ts';

const { request: key, cursor } = deriveKeys('a secret that only tests use, long enough');
const NOW = 1_795_000_000_000;
const request: SignedRequest = {
  method: 'POST',
  path: '/graphql',
  principal: '{"sub":"ann"}',
  body: '{"query":"{ x }"}',
};
const signature = signRequest(key, NOW, request);

it('is accepted up to a minute early or late, and not a millisecond more', () => {
  const at = (ms: number) => verifyRequest(key, NOW + ms, signature, request);
  expect([-60_001, -60_000, 0, 60_000, 60_001].map(at)).toEqual([false, true, true, true, false]);
});

it('holds for what was signed only', () => {
  const other = (changes: Partial<SignedRequest>) => verifyRequest(key, NOW, signature, { ...request, ...changes });
  expect(other({})).toBe(true);
  expect([other({ method: 'SUBSCRIBE' }), other({ path: '/' }), other({ principal: '' }), other({ body: '' })]).toEqual(
    [false, false, false, false],
  );
  // Parts cannot be shifted from one to the next.
  expect(other({ principal: `${request.principal}\n`, body: request.body.slice(1) })).toBe(false);
  expect(verifyRequest(cursor, NOW, signature, request)).toBe(false);
});

it('altered in any character, cut or made up is refused without an error', () => {
  fc.assert(
    fc.property(fc.nat(signature.length - 2), fc.constantFrom('A', '0', '.', '~'), (at, letter) => {
      const altered = signature.slice(0, at) + letter + signature.slice(at + 1);
      fc.pre(altered !== signature);
      return !verifyRequest(key, NOW, altered, request);
    }),
  );
  fc.assert(fc.property(fc.string(), (text) => !verifyRequest(key, NOW, text, request)));
  expect(verifyRequest(key, NOW, signature.slice(0, -2), request)).toBe(false);
});
