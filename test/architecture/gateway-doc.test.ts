// docs/gateway.md and the gateway, held to each other: what it can answer with is told there, and nothing told there is gone.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { settings } from '#platform/config/settings.ts';
import { codes } from '#platform/errors/codes.ts';
import { clientCodes } from '../../gateway/http/errors.ts';
import { root, sources } from './tree.ts';

const document = readFileSync(join(root, 'docs/gateway.md'), 'utf8');
const known = new Set([...Object.keys(codes), ...clientCodes]);
const told = new Set([...document.matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)`/g)].flatMap((match) => match[1] ?? []));

test('every code the gateway answers with is in docs/gateway.md', () => {
  const used = sources
    .filter(({ path }) => path.startsWith('gateway/') && !path.endsWith('.test.ts'))
    .flatMap(({ path }) =>
      [...readFileSync(join(root, path), 'utf8').matchAll(/'([A-Z]+(?:_[A-Z]+)*)'/g)].map((match) => match[1] ?? ''),
    )
    .filter((code) => known.has(code));
  expect(used.length).toBeGreaterThan(10);
  const silent = [...new Set(used)].filter((code) => !told.has(code));
  expect(silent, 'say in docs/gateway.md when the gateway answers with these').toEqual([]);
});

test('every code and setting docs/gateway.md names is one', () => {
  const words = [...told].filter((word) => word.includes('_') && !known.has(word) && !(word in settings));
  expect(words, 'no error code and no setting has this name').toEqual([]);
});
