// What a feed may change: only its own, only forward in time, and no name belongs to two.
import { describe, expect, it } from 'vitest';
import {
  decideUpserts,
  type FedProduct,
  type FedVariant,
  freshnessOf,
  type NameOwner,
  type Product,
  STALE_AFTER_MS,
  type Taken,
} from './product.ts';

const NOW = new Date('2026-06-15T12:00:00Z');
const T1 = new Date('2026-06-01T00:00:00Z');
const T2 = new Date('2026-06-02T00:00:00Z');

function variant(sku: string, ...gtins: string[]): FedVariant {
  const rest = { uom: 'EA', taxCategory: null, returnable: true, returnWindowDays: 30, trackInventory: true };
  return { sku, title: sku, gtins, options: [], ...rest, prices: null };
}

function fed(externalId: string, variants: FedVariant[], fields: Partial<FedProduct> = {}): FedProduct {
  const text = { handle: externalId.toLowerCase(), title: externalId, description: null, brand: null, categories: [] };
  return { externalId, externalVersion: '2', changedAt: T2, ...text, status: 'ACTIVE', variants, ...fields };
}

/** What is known when these products were told before; those of `system` come back by external id. */
function taken(products: Product[], system = 'erp'): Taken {
  const owner = ({ id, system: of }: Product): NameOwner => ({ productId: id, system: of, withdrawn: false });
  return {
    products: new Map(products.filter((one) => one.system === system).map((one) => [one.externalId, one])),
    skus: new Map(products.flatMap((one) => one.variants.map(({ sku }) => [sku, owner(one)]))),
    gtins: new Map(products.flatMap((one) => one.variants.flatMap(({ gtins }) => gtins.map((g) => [g, owner(one)])))),
    handles: new Map(products.map((one) => [one.handle, one.id])),
  };
}

function known(externalId: string, variants: FedVariant[], fields: Partial<Product> = {}): Product {
  const { variants: told, ...rest } = fed(externalId, variants, { externalVersion: '1', changedAt: T1 });
  const id = `id-${externalId}`;
  return {
    ...rest,
    id,
    system: 'erp',
    lastSeenAt: T1,
    version: 1,
    variants: told.map((one) => ({ ...one, productId: id })),
    ...fields,
  };
}

let made = 0;
const newId = () => {
  made += 1;
  return `new-${made}`;
};
const decide = (products: FedProduct[], before: Product[] = []) =>
  decideUpserts('erp', products, taken(before), newId, NOW).map((item) =>
    item.outcome === 'REJECTED' ? item.code : item.outcome,
  );

describe('one product', () => {
  it('is CREATED when nobody told of it, UPDATED when it is newer', () => {
    expect(decide([fed('A', [variant('A1')])])).toEqual(['CREATED']);
    const [item] = decideUpserts('erp', [fed('A', [variant('A1')])], taken([known('A', [variant('A1')])]), newId, NOW);
    expect(item).toMatchObject({ outcome: 'UPDATED', product: { id: 'id-A', version: 2, lastSeenAt: NOW } });
  });

  it('is UNCHANGED under a known version: only the time of the last sight moves', () => {
    const before = known('A', [variant('A1')], { externalVersion: '2', changedAt: T2 });
    const [item] = decideUpserts('erp', [fed('A', [variant('A1')])], taken([before]), newId, NOW);
    expect(item).toEqual({ externalId: 'A', outcome: 'UNCHANGED', product: { ...before, lastSeenAt: NOW } });
  });

  it('is STALE when a newer one is known: a feed that was overtaken puts nothing back', () => {
    const before = known('A', [variant('A1')], { externalVersion: '3', changedAt: NOW });
    expect(decide([fed('A', [variant('A1')])], [before])).toEqual(['STALE']);
  });

  it('DUPLICATE_IN_CALL: twice in a call, the first counts', () => {
    expect(decide([fed('A', [variant('A1')]), fed('A', [variant('A2')])])).toEqual(['CREATED', 'DUPLICATE_IN_CALL']);
  });
});

describe('names', () => {
  const b = known('B', [variant('B1', '0001'), variant('B2', '0002')]);

  it('NOT_OWNER: a SKU of another system', () => {
    const foreign = known('X', [variant('X1')], { system: 'pim' });
    expect(decide([fed('A', [variant('X1')])], [foreign])).toEqual(['NOT_OWNER']);
  });

  it('SKU_TAKEN: of another product, or twice in one', () => {
    expect(decide([fed('A', [variant('B1')])], [b])).toEqual(['SKU_TAKEN']);
    expect(decide([fed('A', [variant('A1'), variant('A1')])])).toEqual(['SKU_TAKEN']);
  });

  it('GTIN_TAKEN: of another product, or on two variants of one', () => {
    expect(decide([fed('A', [variant('A1', '0001')])], [b])).toEqual(['GTIN_TAKEN']);
    expect(decide([fed('A', [variant('A1', '0009'), variant('A2', '0009')])])).toEqual(['GTIN_TAKEN']);
  });

  it('HANDLE_TAKEN: of another product', () => {
    expect(decide([fed('A', [variant('A1')], { handle: 'b' })], [b])).toEqual(['HANDLE_TAKEN']);
  });

  it('claimed earlier in the call are taken; those of a rejected product are not', () => {
    const rejected = fed('A', [variant('A1', '0003'), variant('B1')]);
    const claims = fed('C', [variant('C1', '0003')]);
    expect(decide([rejected, claims, fed('D', [variant('D1', '0003')])], [b])).toEqual([
      'SKU_TAKEN',
      'CREATED',
      'GTIN_TAKEN',
    ]);
  });

  it('move freely among the variants of one product', () => {
    expect(decide([fed('B', [variant('B1', '0002'), variant('B2', '0001')])], [b])).toEqual(['UPDATED']);
    // A variant renamed, its barcode kept.
    expect(decide([fed('B', [variant('B3', '0001'), variant('B2', '0002')])], [b])).toEqual(['UPDATED']);
  });

  it('given up earlier in the call are free: handle, SKU and GTIN go to the next', () => {
    const without = fed('B', [variant('B2', '0002')], { handle: 'b-new' });
    expect(decide([without, fed('A', [variant('B1', '0001')], { handle: 'b' })], [b])).toEqual(['UPDATED', 'CREATED']);
  });

  it('of a withdrawn variant are free within its system, not for another', () => {
    const withdrawn = { productId: 'id-B', withdrawn: true };
    const before = (system: string): Taken => ({
      ...taken([]),
      skus: new Map([['B1', { ...withdrawn, system }]]),
      gtins: new Map([['0001', { ...withdrawn, system }]]),
    });
    const outcome = (system: string) =>
      decideUpserts('erp', [fed('A', [variant('B1', '0001')])], before(system), newId, NOW)[0]?.outcome;
    expect([outcome('erp'), outcome('pim')]).toEqual(['CREATED', 'REJECTED']);
  });
});

describe('freshness', () => {
  const product = known('A', [variant('A1')], { lastSeenAt: T1 });
  const after = (ms: number) => new Date(T1.getTime() + ms);

  it('is as old as the last sight, or as the last word of the feed', () => {
    expect(freshnessOf(product, null, after(1_000))).toEqual({ asOf: T1, lagMs: 1_000, stale: false, source: 'erp' });
    expect(freshnessOf(product, after(600), after(1_000))).toMatchObject({ asOf: after(600), lagMs: 400 });
    expect(freshnessOf(product, new Date(0), after(1_000))).toMatchObject({ asOf: T1 });
  });

  it('is stale after 15 minutes, and never of the future', () => {
    expect(freshnessOf(product, null, after(STALE_AFTER_MS)).stale).toBe(false);
    expect(freshnessOf(product, null, after(STALE_AFTER_MS + 1)).stale).toBe(true);
    expect(freshnessOf(product, null, after(-5_000)).lagMs).toBe(0);
  });
});
