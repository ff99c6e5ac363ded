// GraphQL over HTTP, audit by audit, as graphql-http's own suite asks for it: every MUST, SHOULD and MAY.
import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../kit/gateway.ts';
import { runTicker, type Ticker } from '../kit/ticker.ts';

let ticker: Ticker;
beforeAll(async () => {
  ticker = await runTicker();
});
afterAll(() => ticker?.close());

/** A page of a foreign site could make a browser send these, which is why they are refused; MAY is a may. */
const refused = new Set(['5A70', 'D6D5', '6A70']);
const audits = serverAudits({ url: () => ticker.url, fetchFn: fetch });

it.each(audits.filter(({ id }) => !refused.has(id)))('$name', async ({ fn }) => {
  const { status, ...result } = await fn();
  const { reason, response } = 'reason' in result ? result : { reason: undefined, response: undefined };
  expect({ status, reason, answered: response?.status }).toEqual({ status: 'ok' });
});

it('a GET without a header that makes browsers ask first is refused, and answered with one', async () => {
  const url = `${ticker.url}?query=${encodeURIComponent('{ ticks }')}`;
  const plain = await fetch(url, { headers: { accept: 'application/json' } });
  expect([plain.status, await plain.text()]).toEqual([400, expect.stringContaining('CSRF')]);
  const asked = await fetch(url, { headers: { accept: 'application/json', 'apollo-require-preflight': '1' } });
  expect([asked.status, await asked.json()]).toEqual([200, { data: { ticks: 0 } }]);
});

describe('what is wrong with an operation', () => {
  const ask = async (body: unknown, accept: string) => {
    const headers = { 'content-type': 'application/json', ...(accept ? { accept } : {}) };
    const response = await fetch(ticker.url, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, code: ((await response.json()) as Answer).errors?.[0]?.extensions?.code };
  };
  it.each([
    ['no GraphQL', { query: '{' }, 'GRAPHQL_PARSE_FAILED'],
    ['a field there is none of', { query: '{ nothing }' }, 'GRAPHQL_VALIDATION_FAILED'],
    ['a name no operation has', { query: '{ ticks }', operationName: 'Nobody' }, 'OPERATION_RESOLUTION_FAILURE'],
    [
      'several operations and no name',
      { query: 'query A { ticks } query B { ticks }' },
      'OPERATION_RESOLUTION_FAILURE',
    ],
    [
      'a variable that does not fit',
      { query: 'query ($a: Int!) { ticks @include(if: true) x: __typename @skip(if: $b) }' },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['a variable that is missing', { query: 'query ($a: Boolean!) { ticks @include(if: $a) }' }, 'BAD_USER_INPUT'],
    [
      'too many names',
      { query: `{ ${Array.from({ length: 21 }, (_, at) => `a${at}: ticks`).join(' ')} }` },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'too deep a document',
      { query: `${'{ a '.repeat(4_000)}${'}'.repeat(4_000)}` },
      expect.stringMatching(/^GRAPHQL_(PARSE|VALIDATION)_FAILED$/),
    ],
    ['too many tokens', { query: `{ ${'ticks '.repeat(60_000)} }` }, 'GRAPHQL_PARSE_FAILED'],
    ['a subscription over plain HTTP', { query: 'subscription { counted }' }, 'BAD_REQUEST'],
  ])('is never our failure: %s', async (_, body, code) => {
    expect(await ask(body, '')).toEqual({ status: 400, code });
    expect(await ask(body, 'application/graphql-response+json')).toEqual({ status: 400, code });
    expect(await ask(body, 'application/json')).toEqual({ status: code === 'BAD_REQUEST' ? 400 : 200, code });
  });
});
