// Reading the catalogue without a token: by id, handle, SKU, GTIN and words; prices by buyer and time; references and freshness.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signCursor } from '#platform/messaging/cursor.ts';
import { productSubgraph } from '../../subgraphs/product/main.ts';
import { startGraph, type TestGraph, testKeys } from '../kit/graph.ts';
import { ask, newGtin, newProduct, next, upsert } from '../kit/product-feed.ts';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph([productSubgraph]);
});
afterAll(() => graph.close());

/** Brings a product in; answers its input with its id. */
async function known(fields: Record<string, unknown> = {}) {
  const product = newProduct(fields);
  const { results } = await upsert(graph, [product]);
  return { ...product, id: results[0]?.product?.id ?? '', sku: product.variants[0]?.sku ?? '' };
}
const gbp = (amount: string, terms: Record<string, unknown> = {}) => ({ amount, currency: 'GBP', ...terms });

describe('one product, without a token', () => {
  it('is found by id, handle, SKU in any case and GTIN in any length; what there is not is null', async () => {
    const gtin = newGtin();
    const product = await known({
      variants: [{ sku: `Find-${next()}`, gtins: [gtin], options: [{ name: 'Colour', value: 'Blue' }] }],
    });
    const variant = { sku: product.sku.toUpperCase(), gtins: [gtin], options: [{ name: 'Colour', value: 'Blue' }] };
    const found = await ask(
      graph,
      `query ($id: ID!, $handle: String!, $sku: ID!, $gtin: Gtin!, $skus: [ID!]!) {
        product(id: $id) { title variants { sku } } productByHandle(handle: $handle) { id }
        variant(sku: $sku) { sku gtins options { name value } product { id } }
        variants(skus: $skus) { sku } variantByGtin(gtin: $gtin) { sku }
        noProduct: product(id: "none") { id } noHandle: productByHandle(handle: "none") { id }
        noVariant: variant(sku: "none") { sku } noGtin: variantByGtin(gtin: "00000000000000") { sku } }`,
      {
        id: product.id,
        handle: product.handle,
        sku: ` ${product.sku.toLowerCase()} `,
        // 14 digits with a leading zero are the same number with 13.
        gtin: gtin.slice(1),
        skus: [product.sku, 'none', product.sku.toLowerCase()],
      },
    );
    expect(found).toEqual({
      product: { title: product.title, variants: [{ sku: variant.sku }] },
      productByHandle: { id: product.id },
      variant: { ...variant, product: { id: product.id } },
      variants: [{ sku: variant.sku }, null, { sku: variant.sku }],
      variantByGtin: { sku: variant.sku },
      noProduct: null,
      noHandle: null,
      noVariant: null,
      noGtin: null,
    });
  });

  it('is found together with 199 others, and not with more', async () => {
    const many = 'query ($skus: [ID!]!) { variants(skus: $skus) { sku } }';
    const { data, errors } = await graph.execute('product', many, { skus: Array(201).fill('none') });
    expect(data).toBeNull();
    expect(errors).toMatchObject([
      { extensions: { issues: [{ path: 'skus', message: 'must name at most 200 SKUs' }] } },
    ]);
    expect((await ask(graph, many, { skus: Array(200).fill('none') })).variants).toHaveLength(200);
  });

  it('is found as an entity of the supergraph, by each of its keys', async () => {
    const product = await known();
    const { _entities } = await ask(
      graph,
      `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Product { handle } ... on Variant { title } } }`,
      {
        of: [
          { __typename: 'Product', id: product.id },
          { __typename: 'Variant', sku: product.sku.toLowerCase() },
          { __typename: 'Variant', sku: 'none' },
        ],
      },
    );
    expect(_entities).toEqual([{ handle: product.handle }, { title: product.title }, null]);
  });

  it('BAD_USER_INPUT: a GTIN with a wrong check digit', async () => {
    const asked = ask(graph, 'query ($gtin: Gtin!) { variantByGtin(gtin: $gtin) { sku } }', { gtin: '9520001000004' });
    await expect(asked).rejects.toThrow(/BAD_USER_INPUT.*gtin.*check digit/s);
  });
});

describe('what the system of record calls it, and how old that is', () => {
  const FRESH = `query ($id: ID!) { product(id: $id) { externalRefs { system type id version lastSeenAt }
    freshness { asOf lagMs stale source } } }`;

  it('tells system, type, id, version and the last sight', async () => {
    const product = await known();
    const { product: found } = await ask(graph, FRESH, { id: product.id });
    expect(found).toMatchObject({
      externalRefs: [{ system: 'erp', type: 'PRODUCT', id: product.externalId, version: '1' }],
      freshness: { stale: false, source: 'erp' },
    });
  });

  it('is stale 15 minutes after the last word of its system, and fresh again with the next one', async () => {
    const product = await known();
    const stale = async () => {
      const { product: found } = await ask(graph, FRESH, { id: product.id });
      return (found as { freshness: { stale: boolean } }).freshness.stale;
    };
    graph.clock.advance(16 * 60_000);
    expect(await stale()).toBe(true);
    await upsert(graph, [], { checkpoint: 'nothing newer' });
    expect(await stale()).toBe(false);
  });
});

describe('the price of a variant', () => {
  const PRICE = `query ($sku: ID!, $channel: ID, $location: Gln, $group: ID, $at: DateTime) { variant(sku: $sku) {
    price(channel: $channel, location: $location, customerGroup: $group, at: $at) { amount { amount currency } type why } } }`;
  const SHOP = '9520001000010';

  async function price(sku: string, asked: Record<string, unknown> = {}) {
    const { variant } = await ask(graph, PRICE, { sku, ...asked });
    return (variant as { price: { amount: { amount: string }; type: string; why: string[] } | null }).price;
  }

  it('follows channel, location, group and time, and says why', async () => {
    const june = { validFrom: '2026-06-01T00:00:00Z', validTo: '2026-07-01T00:00:00Z' };
    const prices = [
      gbp('8.95'),
      gbp('7.95', { type: 'SALE', ...june }),
      gbp('7.50', { channel: 'WEB' }),
      gbp('7.00', { location: SHOP }),
      gbp('6.00', { customerGroup: 'STAFF' }),
      gbp('1.00', { type: 'PRIOR_30D_LOWEST' }),
    ];
    const { sku } = await known({ variants: [{ sku: `P${next()}`, prices }] });
    const amount = async (asked: Record<string, unknown>) => (await price(sku, asked))?.amount.amount;
    const at = '2026-06-15T12:00:00Z';
    expect(await amount({ at: '2026-05-31T23:59:59Z' })).toBe('8.95');
    expect(await amount({ at })).toBe('7.95');
    expect(await amount({ at: '2026-07-01T00:00:00Z' })).toBe('8.95');
    expect(await amount({ at, channel: 'WEB' })).toBe('7.50');
    expect(await amount({ at, channel: 'WEB', location: SHOP })).toBe('7.00');
    expect(await amount({ at, channel: 'WEB', location: SHOP, group: 'STAFF' })).toBe('6.00');
    expect((await price(sku, { at, location: SHOP }))?.why).toEqual([
      `LIST price for location ${SHOP}`,
      'more specific than the SALE price beside it',
      '3 prices applied',
    ]);
  });

  it('is null where none counts, and has the decimals of its currency', async () => {
    const { sku } = await known({ variants: [{ sku: `P${next()}`, prices: [] }] });
    expect(await price(sku)).toBeNull();
    const yen = await known({ variants: [{ sku: `P${next()}`, prices: [{ amount: '1200', currency: 'JPY' }] }] });
    expect((await price(yen.sku))?.amount).toEqual({ amount: '1200', currency: 'JPY' });
  });

  it('a new list counts from when it is told; the past keeps the old one; a list left out changes nothing', async () => {
    const { id: _, sku, ...product } = await known();
    const tell = (externalVersion: string, prices?: unknown[]) =>
      upsert(graph, [{ ...product, externalVersion, variants: [{ sku, ...(prices ? { prices } : {}) }] }]);
    graph.clock.advance(60_000);
    const before = graph.clock.now().toISOString();
    graph.clock.advance(60_000);
    await tell('2', [gbp('9.95')]);
    expect((await price(sku))?.amount.amount).toBe('9.95');
    expect((await price(sku, { at: before }))?.amount.amount).toBe('8.95');
    await tell('3');
    expect((await price(sku))?.amount.amount).toBe('9.95');
    await tell('4', []);
    expect(await price(sku)).toBeNull();
  });
});

describe('searchProducts', () => {
  const SEARCH = `query ($text: String!, $first: Int, $after: Cursor) { searchProducts(text: $text, first: $first, after: $after) {
    edges { cursor node { title } } pageInfo { hasNextPage endCursor } } }`;

  interface Found {
    readonly edges: readonly { readonly cursor: string; readonly node: { readonly title: string } }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  }
  async function search(text: string, args: Record<string, unknown> = {}): Promise<Found> {
    return (await ask(graph, SEARCH, { text, ...args })).searchProducts as Found;
  }
  const titles = ({ edges }: Found) => edges.map(({ node }) => node.title);

  it('finds by the beginnings of words, in any order and case, by title', async () => {
    await known({ title: 'Zinc Kettle', brand: 'Ironside' });
    await known({ title: 'Brass Kettle', categories: ['Kitchen'] });
    expect(titles(await search('KETT'))).toEqual(['Brass Kettle', 'Zinc Kettle']);
    expect(titles(await search('kettle iron'))).toEqual(['Zinc Kettle']);
    expect(titles(await search('kitch kettle'))).toEqual(['Brass Kettle']);
    expect(titles(await search('kettles'))).toEqual([]);
    expect(titles(await search(' & ! '))).toEqual([]);
  });

  it('finds SKUs with numbers and hyphens, and GTINs', async () => {
    const gtin = newGtin();
    const { title } = await known({ variants: [{ sku: 'SHO-37/B-12', gtins: [gtin] }] });
    for (const text of ['SHO-37', 'sho-37/b-12', 'sho 37', gtin]) expect(titles(await search(text))).toEqual([title]);
  });

  it('a product that lost a word is no longer found by it', async () => {
    const { id: _, sku: __, ...product } = await known({ title: 'Lantern' });
    await upsert(graph, [{ ...product, title: 'Lamp', handle: `lamp-${next()}`, externalVersion: '2' }]);
    expect(titles(await search('lantern'))).toEqual([]);
  });

  it('pages meet without gap or double, also where titles are equal', async () => {
    const made = Array.from({ length: 7 }, (_, index) => newProduct({ title: index < 4 ? 'Quilt' : `Quilt ${index}` }));
    await upsert(graph, made);
    const seen: string[] = [];
    let page = await search('quilt', { first: 3 });
    for (;;) {
      seen.push(...page.edges.map(({ cursor }) => cursor));
      if (!page.pageInfo.hasNextPage) break;
      page = await search('quilt', { first: 3, after: page.pageInfo.endCursor });
    }
    expect([seen.length, new Set(seen).size]).toEqual([7, 7]);
  });

  it('INVALID_CURSOR: a malformed cursor, an altered one, one of another list', async () => {
    const { edges } = await search('quilt', { first: 1 });
    const own = edges[0]?.cursor ?? '';
    const foreign = signCursor(testKeys.cursor, 'orders', JSON.stringify(['Quilt', 'P1']));
    for (const after of ['nonsense', `${own}x`, own.slice(2), foreign]) {
      await expect(search('quilt', { after })).rejects.toThrow(/INVALID_CURSOR/);
    }
  });

  it('BAD_USER_INPUT: fewer than 1 or more than 100 a page', async () => {
    await expect(search('quilt', { first: 0 })).rejects.toThrow(/BAD_USER_INPUT: first: must be from 1 to 100/);
    await expect(search('quilt', { first: 101 })).rejects.toThrow(/BAD_USER_INPUT: first/);
  });
});
