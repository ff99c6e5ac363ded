// Cursors: opened as they were signed; altered, foreign and made-up ones are refused by name, never by accident.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { deriveKeys } from '../auth/keys.ts';
import { openCursor, openLogCursor, signCursor, signLogCursor } from './cursor.ts';

const { cursor: key, token } = deriveKeys('a secret that only tests use, long enough');
const place = { logId: '01M88SDEHV59G4JVFCWGKRCKZN', epoch: 3, position: 42 };
const refused = expect.objectContaining({
  code: 'INVALID_CURSOR',
  issues: [{ path: 'after', message: expect.any(String) }],
});

it('comes back as it was, in any script', () => {
  expect(openLogCursor(key, signLogCursor(key, place))).toEqual(place);
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      (value) => openCursor(key, 'list', signCursor(key, 'list', value)) === value,
    ),
  );
});

it('of another list, another kind or another secret is refused', () => {
  const products = signCursor(key, 'products', 'a');
  expect(() => openCursor(key, 'orders', products)).toThrow(refused);
  expect(() => openLogCursor(key, products)).toThrow('belongs to another');
  expect(() => openCursor(token, 'products', products)).toThrow('is no cursor of this graph');
  // A kind that ends in another one's name is another kind.
  expect(() => openCursor(key, 'list', signCursor(key, 'my-list', 'a'))).toThrow(refused);
});

it('altered in any bit, cut, or made up is refused', () => {
  const bytes = Buffer.from(signLogCursor(key, place), 'base64url');
  fc.assert(
    fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
      const altered = Buffer.from(bytes);
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => openLogCursor(key, altered.toString('base64url'))).toThrow(refused);
    }),
  );
  for (const text of fc.sample(fc.string(), 100)) expect(() => openLogCursor(key, text)).toThrow(refused);
  expect(() => openLogCursor(key, bytes.subarray(0, -1).toString('base64url'))).toThrow(refused);
});
