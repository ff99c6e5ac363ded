// The subgraph's own line of defence: requirements on a field, its type or what it returns are enforced wherever they stand.
import { buildSchema, graphql } from 'graphql';
import { describe, expect, it } from 'vitest';
import { deriveKeys } from '../auth/keys.ts';
import { anonymous, type Principal } from '../auth/principal.ts';
import { enforceAuthorization } from './authorization.ts';
import { openPage, toConnection } from './connection.ts';
import { sharedScalars } from './scalars.ts';

const schema = enforceAuthorization(
  buildSchema(`
    directive @authenticated on OBJECT | FIELD_DEFINITION
    directive @requiresScopes(scopes: [[String!]!]!) on OBJECT | FIELD_DEFINITION
    type Query {
      open: String
      own: String @authenticated
      either: String @requiresScopes(scopes: [["a", "b"], ["c"]])
      secret: Secret
      secrets: [Secret!]
    }
    type Secret @requiresScopes(scopes: [["s"]]) { text: String more: String @requiresScopes(scopes: [["m"]]) }
  `),
);
const root = { open: 'o', own: 'o', either: 'e', secret: { text: 't', more: 'm' }, secrets: [{ text: 't' }] };
const holder = (...scopes: string[]): Principal => ({ sub: 'ann', clientId: 'x', roles: [], scopes });

async function codes(source: string, principal: Principal): Promise<unknown[]> {
  const { errors = [] } = await graphql({ schema, source, rootValue: root, contextValue: { principal } });
  return errors.map(({ extensions }) => extensions.code);
}

describe('a field', () => {
  it.each([
    ['{ open }', anonymous, []],
    ['{ own }', anonymous, ['UNAUTHENTICATED']],
    ['{ own }', holder(), []],
    ['{ either }', holder('a'), ['FORBIDDEN']],
    ['{ either }', holder('b', 'a'), []],
    ['{ either }', holder('c'), []],
    ['{ secret { text } }', anonymous, ['UNAUTHENTICATED']],
    ['{ secrets { text } }', holder('a'), ['FORBIDDEN']],
    ['{ secret { text } }', holder('s'), []],
    ['{ secret { text more } }', holder('s'), ['FORBIDDEN']],
    ['{ secret { more } }', holder('s', 'm'), []],
  ])('%s for %j', async (source, principal, expected) => {
    expect(await codes(source, principal)).toEqual(expected);
  });
});

describe('a connection', () => {
  const { cursor: key } = deriveKeys('a secret that only tests use, long enough');
  const rows = ['a', 'b', 'c', 'd', 'e'];
  const read = (first: number, after?: string) => {
    const page = openPage(key, 'letters', { first, after: after ?? null });
    const found = rows.filter((row) => page.after === undefined || row > page.after).slice(0, page.first + 1);
    return toConnection(key, 'letters', page, found, (row) => row);
  };

  it('read page by page gives each row once and says when there is no more', () => {
    const first = read(2);
    const second = read(2, first.pageInfo.endCursor ?? '');
    const third = read(2, second.pageInfo.endCursor ?? '');
    expect([first, second, third].flatMap(({ edges }) => edges.map(({ node }) => node))).toEqual(rows);
    expect([first, second, third].map(({ pageInfo }) => pageInfo.hasNextPage)).toEqual([true, true, false]);
    expect(read(5).pageInfo.hasNextPage).toBe(false);
  });

  it('refuses pages of no row or too many, and another list’s cursor', () => {
    for (const first of [0, -1, 101]) expect(() => read(first)).toThrow('from 1 to 100');
    const other = toConnection(key, 'numbers', { first: 1, after: undefined }, ['1'], (row) => row);
    expect(() => read(1, other.pageInfo.endCursor ?? '')).toThrow('belongs to another list');
  });
});

describe('a scalar', () => {
  const { Decimal, Date: CalendarDate, DateTime, CurrencyCode, UomCode } = sharedScalars;

  it('takes what its description says', () => {
    expect(Decimal.parseValue('12.50')).toBe('12.50');
    expect(CalendarDate.parseValue('2024-02-29')).toBe('2024-02-29');
    expect(DateTime.serialize(DateTime.parseValue('2026-11-24T10:30:00+01:00'))).toBe('2026-11-24T09:30:00.000Z');
  });

  it.each([
    [Decimal, 12.5],
    [Decimal, '1e3'],
    [CalendarDate, '2026-02-29'],
    [CalendarDate, '24.11.2026'],
    [DateTime, '2026-11-24T09:30:00'],
    [DateTime, '2026-02-30T09:30:00Z'],
    [DateTime, 1_795_000_000],
    [CurrencyCode, 'GPB'],
    [UomCode, 'kg'],
  ])('%s refuses %j and says what would be right', (scalar, value) => {
    expect(() => scalar.parseValue(value)).toThrow(expect.objectContaining({ extensions: { code: 'BAD_USER_INPUT' } }));
  });
});
