// upsertProducts through the executor on PostgreSQL: each outcome and refusal, one effect per key, feeds that race, checkpoints.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { productSubgraph } from '../../subgraphs/product/main.ts';
import { query } from '../kit/database.ts';
import { principalOf, startGraph, type TestGraph } from '../kit/graph.ts';
import { ask, feed, newGtin, newProduct, next, UPSERT, type UpsertAnswer, upsert } from '../kit/product-feed.ts';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph([productSubgraph]);
});
afterAll(() => graph.close());

const outcomes = ({ results }: UpsertAnswer) => results.map(({ outcome, code }) => code ?? outcome);
const told = (id: string) =>
  query(
    graph.url,
    `select sequence, data from product.event_log where type = 'product.upserted' and partition_key = $1 order by sequence`,
    [id],
  );
const count = async (table: string) =>
  Number((await query(graph.url, `select count(*)::int as n from product.${table}`))[0]?.n);

const changed = (product: ReturnType<typeof newProduct>, fields: Record<string, unknown> = {}) => {
  const externalVersion = String(Number(product.externalVersion) + 1);
  return { ...product, externalVersion, changedAt: '2026-06-02T00:00:00.000Z', ...fields };
};

describe('one product', () => {
  it('CREATED: with its variants, prices and event', async () => {
    const product = newProduct();
    const { results } = await upsert(graph, [product]);
    expect(results).toMatchObject([{ externalId: product.externalId, outcome: 'CREATED', code: null }]);
    const events = await told(results[0]?.product?.id ?? '');
    expect(events).toMatchObject([
      {
        sequence: '1',
        data: { system: 'erp', externalId: product.externalId, variants: [{ sku: product.variants[0]?.sku }] },
      },
    ]);
  });

  it('UPDATED: keeps its id, its version grows, and the event tells the state after', async () => {
    const product = newProduct();
    const [before] = (await upsert(graph, [product])).results;
    const [after] = (await upsert(graph, [changed(product, { title: 'Renamed' })])).results;
    expect(after).toMatchObject({ outcome: 'UPDATED', product: { id: before?.product?.id, version: 2 } });
    expect(await told(before?.product?.id ?? '')).toHaveLength(2);
  });

  it('UNCHANGED: the known version moves only the time of the last sight, and tells nobody', async () => {
    const product = newProduct();
    const [before] = (await upsert(graph, [product])).results;
    graph.clock.advance(60_000);
    expect(outcomes(await upsert(graph, [{ ...product, title: 'Not looked at' }]))).toEqual(['UNCHANGED']);
    const id = before?.product?.id ?? '';
    const { product: now } = await ask(
      graph,
      'query ($id: ID!) { product(id: $id) { title externalRefs { lastSeenAt } } }',
      {
        id,
      },
    );
    expect(now).toMatchObject({ title: product.title });
    const seen = (now as { externalRefs: [{ lastSeenAt: string }] }).externalRefs[0].lastSeenAt;
    expect(graph.clock.now().getTime() - new Date(seen).getTime()).toBeLessThan(30_000);
    expect(await told(id)).toHaveLength(1);
  });

  it('STALE: an older change than known is not applied', async () => {
    const product = newProduct();
    await upsert(graph, [changed(product, { title: 'Newer' })]);
    const { results } = await upsert(graph, [{ ...product, externalVersion: '0' }]);
    expect(results).toMatchObject([{ outcome: 'STALE', product: { version: 1 } }]);
  });

  it('a variant left out is withdrawn: still found by its SKU, no longer part of the product', async () => {
    const product = newProduct();
    const [first] = product.variants;
    await upsert(graph, [product]);
    const { results } = await upsert(graph, [changed(product, { variants: [{ sku: `${product.externalId}-B` }] })]);
    expect(results[0]?.product).toMatchObject({ variants: [{ sku: `${product.externalId}-B` }] });
    const { variant } = await ask(graph, 'query ($sku: ID!) { variant(sku: $sku) { sku product { handle } } }', {
      sku: first?.sku,
    });
    expect(variant).toEqual({ sku: first?.sku, product: { handle: product.handle } });
  });

  it('SKUs are one whatever their case', async () => {
    const product = newProduct();
    const sku = `mug-${next()}`;
    await upsert(graph, [{ ...product, variants: [{ sku }] }]);
    const other = newProduct({ variants: [{ sku: sku.toUpperCase() }] });
    expect(outcomes(await upsert(graph, [other]))).toEqual(['SKU_TAKEN']);
  });
});

describe('a product that is refused alone', () => {
  it('PRODUCT_INVALID: names the field, and its neighbours are taken', async () => {
    const wrong = newProduct({ variants: [{ sku: `W${next()}`, gtins: ['9520001000004'] }] });
    const [before, after] = [newProduct(), newProduct()];
    const { results } = await upsert(graph, [before, wrong, after]);
    expect(results.map(({ externalId, outcome }) => [externalId, outcome])).toEqual([
      [before.externalId, 'CREATED'],
      [wrong.externalId, 'REJECTED'],
      [after.externalId, 'CREATED'],
    ]);
    expect(results[1]).toMatchObject({
      code: 'PRODUCT_INVALID',
      message: 'variants.0.gtins.0: GTIN 9520001000004 has the check digit 4 where 3 belongs',
      product: null,
    });
  });

  it('DUPLICATE_IN_CALL, HANDLE_TAKEN, SKU_TAKEN and GTIN_TAKEN: nothing of it is written', async () => {
    const known = newProduct();
    await upsert(graph, [known]);
    const [theirs] = known.variants;
    const before = [await count('product'), await count('variant'), await count('variant_gtin')];
    const wrong = [
      newProduct({ handle: known.handle }),
      newProduct({ variants: [{ sku: theirs?.sku }] }),
      newProduct({ variants: [{ sku: `S${next()}`, gtins: theirs?.gtins }] }),
      { ...known, title: 'Again' },
      known,
    ];
    expect(outcomes(await upsert(graph, wrong))).toEqual([
      'HANDLE_TAKEN',
      'SKU_TAKEN',
      'GTIN_TAKEN',
      'UNCHANGED',
      'DUPLICATE_IN_CALL',
    ]);
    expect([await count('product'), await count('variant'), await count('variant_gtin')]).toEqual(before);
  });

  it('NOT_OWNER: a SKU of another system of record is not taken over', async () => {
    const theirs = newProduct();
    const pim = principalOf('feed', { system: 'pim', clientId: 'pim-feed' });
    await upsert(graph, [theirs], { system: 'pim' }, pim);
    const { results } = await upsert(graph, [newProduct({ variants: theirs.variants })]);
    expect(results).toMatchObject([{ outcome: 'REJECTED', code: 'NOT_OWNER', product: null }]);
    const { variant } = await ask(
      graph,
      'query ($sku: ID!) { variant(sku: $sku) { product { externalRefs { system } } } }',
      {
        sku: theirs.variants[0]?.sku,
      },
    );
    expect(variant).toEqual({ product: { externalRefs: [{ system: 'pim' }] } });
  });
});

describe('names that move', () => {
  it('a barcode goes to the renamed variant, and a handle and a SKU to the product that takes them over', async () => {
    const [gtin, sku] = [newGtin(), `R${next()}`];
    const product = newProduct({ variants: [{ sku: `${sku}-OLD`, gtins: [gtin] }] });
    await upsert(graph, [product]);
    const renamed = { sku, gtins: [gtin] };
    expect(outcomes(await upsert(graph, [changed(product, { variants: [renamed] })]))).toEqual(['UPDATED']);
    const BY_GTIN = 'query ($gtin: Gtin!) { variantByGtin(gtin: $gtin) { sku } }';
    expect(await ask(graph, BY_GTIN, { gtin })).toEqual({ variantByGtin: { sku: renamed.sku } });
    const gives = { ...changed(product), externalVersion: '3', handle: `${product.handle}-old`, variants: [renamed] };
    const takes = newProduct({ handle: product.handle, variants: [{ sku: `${sku}-OLD`, gtins: [newGtin()] }] });
    expect(outcomes(await upsert(graph, [gives, takes]))).toEqual(['UPDATED', 'CREATED']);
  });
});

describe('a call that is refused as a whole', () => {
  it('NotOwner: a token that speaks for another system, or for none', async () => {
    const before = await count('product');
    const wrong = await upsert(graph, [newProduct()], { system: 'pim' });
    expect(wrong).toMatchObject({ __typename: 'NotOwner', code: 'NOT_OWNER', owner: 'erp' });
    const nobody = await upsert(graph, [newProduct()], {}, principalOf('feed'));
    expect(nobody).toMatchObject({ __typename: 'NotOwner', owner: '' });
    expect(await count('product')).toBe(before);
  });

  it('without a token UNAUTHENTICATED, without the scope FORBIDDEN', async () => {
    const input = { idempotencyKey: randomUUID(), system: 'erp', products: [] };
    await expect(ask(graph, UPSERT, { input })).rejects.toThrow(/UNAUTHENTICATED/);
    await expect(ask(graph, UPSERT, { input }, principalOf('operator', { system: 'erp' }))).rejects.toThrow(
      /FORBIDDEN/,
    );
  });

  it('BAD_USER_INPUT: 501 products, an amount that is no decimal, a key of 129 characters', async () => {
    const many = Array.from({ length: 501 }, () => newProduct());
    await expect(upsert(graph, many)).rejects.toThrow(
      'BAD_USER_INPUT: products: must have at most 500 products a call',
    );
    const wrong = newProduct({ variants: [{ sku: 'X', prices: [{ amount: 'cheap', currency: 'GBP' }] }] });
    await expect(upsert(graph, [wrong])).rejects.toThrow(/BAD_USER_INPUT.*amount/s);
    await expect(upsert(graph, [], { idempotencyKey: 'k'.repeat(129) })).rejects.toThrow(
      /BAD_USER_INPUT.*idempotencyKey/s,
    );
  });
});

describe('one effect per key', () => {
  it('20 at once and again a day later: one effect, the same answer', async () => {
    const [product, fields] = [newProduct(), { idempotencyKey: randomUUID(), checkpoint: 'c-once' }];
    const answers = await Promise.all(Array.from({ length: 20 }, () => upsert(graph, [product], fields)));
    graph.clock.advance(86_400_000);
    answers.push(await upsert(graph, [product], fields));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]).toMatchObject({ checkpoint: 'c-once', results: [{ outcome: 'CREATED' }] });
    expect(await told(answers[0]?.results[0]?.product?.id ?? '')).toHaveLength(1);
  });

  it('IdempotencyConflict: other products under the key', async () => {
    const fields = { idempotencyKey: randomUUID() };
    await upsert(graph, [newProduct()], fields);
    expect(await upsert(graph, [newProduct()], fields)).toMatchObject({ __typename: 'IdempotencyConflict' });
  });
});

describe('two feeds at once', () => {
  it('the same page under different keys is created once', async () => {
    const page = Array.from({ length: 20 }, () => newProduct());
    const answers = await Promise.all([1, 2, 3, 4].map(() => upsert(graph, page)));
    const all = answers.flatMap(outcomes);
    expect(all.filter((outcome) => outcome === 'CREATED')).toHaveLength(20);
    expect(all.filter((outcome) => outcome === 'UNCHANGED')).toHaveLength(60);
  });

  it('versions in any order end with the newest', async () => {
    const product = newProduct();
    const at = (n: number) => ({
      ...product,
      externalVersion: String(n),
      changedAt: new Date(Date.UTC(2026, 5, n)).toISOString(),
      title: `Title ${n}`,
    });
    await Promise.all([5, 2, 8, 1, 7, 3].map((n) => upsert(graph, [at(n)])));
    const { productByHandle } = await ask(graph, 'query ($h: String!) { productByHandle(handle: $h) { title } }', {
      h: product.handle,
    });
    expect(productByHandle).toEqual({ title: 'Title 8' });
  });
});

describe('the checkpoint', () => {
  const CHECKPOINT = 'query ($system: String!) { feedCheckpoint(system: $system) }';

  it('is stored with its page and answered to the system’s own token only', async () => {
    const mine = principalOf('feed', { system: 'wms', clientId: 'wms-feed' });
    expect(await ask(graph, CHECKPOINT, { system: 'wms' }, mine)).toEqual({ feedCheckpoint: null });
    await upsert(graph, [newProduct()], { system: 'wms', checkpoint: 'page-1' }, mine);
    await upsert(graph, [], { system: 'wms', checkpoint: 'page-2' }, mine);
    expect(await ask(graph, CHECKPOINT, { system: 'wms' }, mine)).toEqual({ feedCheckpoint: 'page-2' });
    await expect(ask(graph, CHECKPOINT, { system: 'wms' }, feed)).rejects.toThrow(/FORBIDDEN/);
    await expect(ask(graph, CHECKPOINT, { system: 'wms' })).rejects.toThrow(/UNAUTHENTICATED/);
  });
});
