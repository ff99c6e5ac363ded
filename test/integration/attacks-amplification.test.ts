// What is small to send and large to answer, what a foreign page could make a browser send, and what is slow or large on its way in:
// each refused as the client's mistake, in few words, while the next client is answered.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphLimits } from '../../gateway/security/graph-limits.ts';
import { Guard } from '../../gateway/security/guarded-engine.ts';
import { limitsOf } from '../../gateway/security/limit-settings.ts';
import { TrustedDocuments } from '../../gateway/security/trusted-documents.ts';
import { type Answer, runGateway, type TestGateway } from '../kit/gateway.ts';
import { newProduct } from '../kit/product-feed.ts';

const PRODUCTS = 100;
const VARIANTS = 4;
let gateway: TestGateway;

beforeAll(async () => {
  const limits = limitsOf({ ...graphLimits, headersMs: 500, requestMs: 1_500 });
  const guard = new Guard({ limits, introspection: 'open', trusted: new TrustedDocuments(), redis: undefined });
  gateway = await runGateway('in process', { guard });
  await fill();
});
afterAll(() => gateway?.close());

/** As much as a catalogue has, under the longest of names. */
async function fill(): Promise<void> {
  const feed = await gateway.token('feed', { system: 'erp' });
  const title = 'x'.repeat(200);
  const products = Array.from({ length: PRODUCTS }, (_, at) =>
    newProduct({
      title,
      description: title.repeat(5),
      variants: Array.from({ length: VARIANTS }, (__, index) => ({
        sku: `P${at}-${index}`,
        title,
        prices: [{ amount: '8.95', currency: 'GBP' }],
      })),
    }),
  );
  const upsert = `mutation ($input: UpsertProductsInput!) { upsertProducts(input: $input) { __typename ... on ProductsUpserted { results { outcome } } } }`;
  const { data, errors } = await gateway.ask(
    upsert,
    { input: { idempotencyKey: 'fill', system: 'erp', products } },
    feed,
  );
  expect(errors).toBeUndefined();
  expect(JSON.stringify(data)).not.toContain('REJECTED');
}

async function post(body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) {
  const response = await gateway.fetch({ method: 'POST', headers, body });
  const text = await response.text();
  return { status: response.status, text, errors: (JSON.parse(text) as Answer).errors };
}
const ask = (query: string, variables?: unknown) => post(JSON.stringify({ query, variables }));
const times = (count: number, text: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => text(at)).join(' ');

const skus = (count: number) => Array.from({ length: count }, (_, at) => `P${at}-0`);
const deep = (levels: number): unknown => {
  let value: unknown = 'x';
  for (let level = 0; level < levels; level += 1) value = { a: value };
  return value;
};

const amplified: [name: string, query: string, variables?: Record<string, unknown>][] = [
  ['one field under many names', `{ ${times(100, (at) => `a${at}: locations { name }`)} }`],
  [
    'many fields under many names',
    `{ searchProducts(text: "x", first: 100) { edges { node { ${times(15, (at) => `a${at}: title b${at}: handle c${at}: brand d${at}: status`)} variants { ${times(18, (at) => `a${at}: title`)} } } } } }`,
  ],
  [
    'a page of pages',
    '{ searchProducts(text: "x", first: 100) { edges { node { variants { product { variants { title product { title } } } } } } } }',
  ],
  ['a circle', `{ product(id: "p") { ${'variants { product { '.repeat(10)} id ${'} }'.repeat(10)} } }`],
  ['a depth', `{ ${'a { '.repeat(2_000)} b ${'} '.repeat(2_000)} }`],
  [
    'fragments that double',
    `{ ...F0 } ${times(60, (at) => `fragment F${at} on Query { ...F${at + 1} ...F${at + 1} }`)} fragment F60 on Query { locations { gln } }`,
  ],
  ['fragments that spread each other', '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }'],
  ['many directives', `{ locations ${'@skip(if: false) '.repeat(20_000)} { gln } }`],
  ['directives nobody knows', `{ locations ${times(5_000, (at) => `@a${at}`)} { gln } }`],
  ['the whole schema many times', `{ ${times(16, (at) => `a${at}: __schema { types { name fields { name } } }`)} }`],
  ['the schema of the schema', `{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }`],
  [
    'a list of many keys',
    'query ($skus: [ID!]!) { stockPositions(skus: $skus) { sku at { name } variant { title } } }',
    { skus: skus(200) },
  ],
  [
    'the same key many times',
    'query ($skus: [ID!]!) { variants(skus: $skus) { title product { variants { title stock { sku } } } } }',
    { skus: Array.from({ length: 200 }, () => 'P0-0') },
  ],
  [
    'a page of unheard size',
    'query ($first: Int) { searchProducts(text: "x", first: $first) { edges { node { id } } } }',
    { first: 2 ** 31 - 1 },
  ],
  [
    'a page of a size that is no number',
    'query ($first: Int) { searchProducts(text: "x", first: $first) { edges { node { id } } } }',
    { first: '1e999' },
  ],
  [
    'a list of a million',
    'query ($skus: [ID!]!) { variants(skus: $skus) { sku } }',
    { skus: Array.from({ length: 1_000_000 }, () => '') },
  ],
  ['variables that nest', 'query ($skus: [ID!]!) { variants(skus: $skus) { sku } }', { skus: deep(3_000) }],
  [
    'many mutations',
    `mutation { ${times(11, (at) => `a${at}: releaseReservation(input: { idempotencyKey: "${at}", reservationId: "r" }) { __typename }`)} }`,
  ],
  ['variables by the thousand', `query (${times(5_000, (at) => `$a${at}: Int`)}) { locations { gln } }`],
  ['operations by the thousand', times(5_000, (at) => `query Q${at} { locations { gln } }`)],
];

describe('an operation that is small to send', () => {
  it.each(amplified)('is refused for what it would answer: %s', async (_name, query, variables) => {
    const { status, text, errors } = await ask(query, variables);
    expect({ status, code: errors?.[0]?.extensions?.code }).toEqual({ status: 400, code: expect.stringMatching(/_/) });
    expect(errors?.[0]?.extensions?.code).toMatch(/^OPERATION_RESOLUTION_FAILURE$|_FAILED$|^COST_|^BAD_/);
    expect(text.length).toBeLessThan(40_000);
    expect(text).not.toMatch(/node_modules|at .*\.ts:|Maximum call stack/);
    expect((await ask('{ locations { gln } }')).status).toBe(200);
  });

  it('answers no more than 2.5 MB where every name is as long as may be, however it is put', async () => {
    const shapes: readonly ((first: number) => string)[] = [
      (first) =>
        `{ searchProducts(text: "x", first: ${first}) { edges { node { ${times(20, (at) => `a${at}: title`)} variants { ${times(20, (at) => `b${at}: title`)} } } } } }`,
      (first) =>
        `{ searchProducts(text: "x", first: ${first}) { edges { node { ${times(20, (at) => `a${at}: description`)} } } } }`,
      (first) =>
        `{ searchProducts(text: "x", first: ${first}) { edges { node { variants { title product { title variants { title } } } } } } }`,
      (first) =>
        `{ variants(skus: ${JSON.stringify(skus(first))}) { ${times(20, (at) => `a${at}: title`)} product { ${times(20, (at) => `a${at}: title`)} } } }`,
    ];
    const sizes: number[] = [];
    for (const shape of shapes) {
      let first = 100;
      let answer = await ask(shape(first));
      while (answer.status === 400 && first > 1) {
        first = Math.floor(first * 0.8);
        answer = await ask(shape(first));
      }
      expect(answer.status).toBe(200);
      sizes.push(answer.text.length);
    }
    expect(Math.max(...sizes)).toBeLessThan(2_500_000);
    expect(Math.min(...sizes)).toBeGreaterThan(1_000);
  });

  it('answers the schema to who may read it, as tools ask for it', async () => {
    expect((await ask(getIntrospectionQuery())).status).toBe(200);
  });
});

describe('what a foreign page could send without asking', () => {
  const query = 'mutation { releaseReservation(input: { idempotencyKey: "k", reservationId: "r" }) { __typename } }';
  const body = JSON.stringify({ query });
  it.each([
    ['as text', body, { 'content-type': 'text/plain' }],
    ['as a form', new URLSearchParams({ query }).toString(), { 'content-type': 'application/x-www-form-urlencoded' }],
    [
      'as a form of parts',
      `--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n${body}\r\n--x--\r\n`,
      { 'content-type': 'multipart/form-data; boundary=x' },
    ],
    ['as a type of no name', body, { 'content-type': ' ' }],
    ['as text that claims to be JSON', body, { 'content-type': 'text/plain; charset=application/json' }],
  ])('is refused: %s', async (_, sent, headers) => {
    const { status, errors } = await post(sent, headers);
    expect([400, 415]).toContain(status);
    expect(errors?.[0]?.extensions?.code).toBe('BAD_REQUEST');
  });

  it('is refused: a mutation in a link', async () => {
    for (const headers of [{}, { accept: 'text/html' }, { 'apollo-require-preflight': '1' }] as Record<
      string,
      string
    >[]) {
      const response = await gateway.fetch({ search: `?query=${encodeURIComponent(query)}`, headers });
      expect([400, 405]).toContain(response.status);
    }
  });
});

describe('a body', () => {
  it('of 20 MB is refused, announced or not', async () => {
    const large = `{"query":"{ locations { gln } }","variables":{"x":"${'x'.repeat(20 * 1024 * 1024)}"}}`;
    const announced = await post(large).catch((error: unknown) => error);
    // A server that stops reading may hang up before the client has read why.
    if (!(announced instanceof Error)) expect(announced).toMatchObject({ status: 413 });
    const socket = await open();
    socket.write(
      'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
    );
    const chunk = 'x'.repeat(1024 * 1024);
    for (let sent = 0; sent < 20 && !socket.destroyed; sent += 1) socket.write(`100000\r\n${chunk}\r\n`);
    expect(await ending(socket)).toMatch(/^HTTP\/1\.1 413 |^$/);
  });

  it('that is a list of operations, or has names no object should, is refused', async () => {
    const batch = await post(JSON.stringify(Array.from({ length: 100 }, () => ({ query: '{ locations { gln } }' }))));
    expect(batch).toMatchObject({ status: 400, errors: [{ message: expect.stringContaining('batching') }] });
    for (const poison of [
      '{"query":"{ locations { gln } }","__proto__":{"polluted":1}}',
      '{"query":"{ locations { gln } }","variables":{"__proto__":{"polluted":1}}}',
      '{"query":"{ locations { gln } }","variables":{"constructor":{"prototype":{"polluted":1}}}}',
      '{"query":"{ locations { gln } }","extensions":{"constructor":{"prototype":{"polluted":1}}}}',
    ]) {
      expect((await post(poison)).status).toBe(400);
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it.each([
    ['head', 'POST /graphql HTTP/1.1\r\nhost: x\r\n', 'a: b\r\n'],
    [
      'body',
      'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{',
      ' ',
    ],
  ])('that comes a byte at a time is not waited for: the %s', async (_, start, drop) => {
    const slow = await Promise.all(Array.from({ length: 20 }, open));
    const dripping = setInterval(() => slow.forEach((socket) => socket.destroyed || socket.write(drop)), 100);
    for (const socket of slow) socket.write(start);
    expect((await ask('{ locations { gln } }')).status).toBe(200);
    const endings = await Promise.all(slow.map(ending));
    clearInterval(dripping);
    for (const text of endings) expect(text).toMatch(/^HTTP\/1\.1 408 |^$/);
  });
});

async function open(): Promise<Socket> {
  const { port } = new URL(gateway.url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** All that came until the server hung up. */
async function ending(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve));
  return text;
}
