// The ERP's words and the graph's: each field of an item, a site and a goods document.
import { describe, expect, it } from 'vitest';
import { toLocation, toProduct, toReceipts } from './mapping.ts';
import { documentShape, type ErpItem, itemShape, readRecords } from './shapes.ts';

const item: ErpItem = {
  item_no: '100000',
  rev: 7,
  changed_at: '2026-06-01T00:00:00.000Z',
  slug: 'mug',
  text: 'Mug',
  long_text: 'A mug.',
  brand: 'Harbour Pottery',
  groups: ['Kitchen', 'Mugs'],
  state: 'A',
  articles: [
    {
      art_no: 'MUG-BLUE',
      text: 'Mug, Blue',
      eans: ['9520001000003'],
      attributes: { Colour: 'Blue' },
      unit: 'PC',
      tax_class: 'S',
      return_days: 30,
      stock_kept: true,
      prices: [
        { kind: 'L', coins: 895, currency: 'GBP' },
        {
          kind: 'S',
          coins: 1200,
          currency: 'JPY',
          channel: 'WEB',
          from: '2026-06-01T00:00:00Z',
          until: '2026-07-01T00:00:00Z',
        },
        { kind: 'P', coins: 5, currency: 'GBP', site_gln: '9520001000010', customer_group: 'STAFF' },
      ],
    },
  ],
};
const withArticle = (fields: Partial<ErpItem['articles'][number]>): ErpItem => {
  return { ...item, articles: item.articles.map((article) => ({ ...article, ...fields })) };
};

describe('an item', () => {
  it('becomes a product with its variants and price list', () => {
    const always = { validFrom: null, validTo: null, taxIncluded: true };
    const everybody = { channel: null, location: null, customerGroup: null };
    expect(toProduct(item)).toEqual({
      externalId: '100000',
      externalVersion: '7',
      changedAt: '2026-06-01T00:00:00.000Z',
      handle: 'mug',
      title: 'Mug',
      description: 'A mug.',
      brand: 'Harbour Pottery',
      categories: ['Kitchen', 'Mugs'],
      status: 'ACTIVE',
      variants: [
        {
          sku: 'MUG-BLUE',
          title: 'Mug, Blue',
          gtins: ['9520001000003'],
          options: [{ name: 'Colour', value: 'Blue' }],
          uom: 'EA',
          taxCategory: 'STANDARD',
          returnable: true,
          returnWindowDays: 30,
          trackInventory: true,
          prices: [
            { amount: '8.95', currency: 'GBP', type: 'LIST', ...everybody, ...always },
            {
              amount: '1200',
              currency: 'JPY',
              type: 'SALE',
              ...everybody,
              channel: 'WEB',
              taxIncluded: true,
              validFrom: '2026-06-01T00:00:00Z',
              validTo: '2026-07-01T00:00:00Z',
            },
            {
              amount: '0.05',
              currency: 'GBP',
              type: 'PROMO',
              channel: null,
              location: '9520001000010',
              customerGroup: 'STAFF',
              ...always,
            },
          ],
        },
      ],
    });
  });

  it.each([
    ['N', 'DRAFT'],
    ['A', 'ACTIVE'],
    ['D', 'DISCONTINUED'],
    ['R', 'RECALLED'],
  ] as const)('in state %s is %s', (state, status) => {
    expect(toProduct({ ...item, state }).status).toBe(status);
  });

  it('that may not come back is not returnable; a tax class without a word of ours is kept', () => {
    expect(toProduct(withArticle({ return_days: null, tax_class: 'Q7', unit: 'KG' })).variants[0]).toMatchObject({
      returnable: false,
      returnWindowDays: 0,
      taxCategory: 'Q7',
      uom: 'KGM',
    });
  });
});

it('a site becomes a location', () => {
  const site = {
    site_no: 'D01',
    gln: '9520001000904',
    name: 'Warehouse',
    type: 'DC',
    time_zone: 'Europe/London',
  } as const;
  expect(toLocation(site)).toEqual({
    gln: '9520001000904',
    name: 'Warehouse',
    kind: 'WAREHOUSE',
    timeZone: 'Europe/London',
  });
});

describe('a goods document', () => {
  const lines = (count: number, qty = '2') =>
    Array.from({ length: count }, (_, index) => ({ art_no: `A${index}`, qty, unit: 'PC' as const }));
  const document = (of: ReturnType<typeof lines>) => ({
    doc_no: 'D1',
    kind: 'OPENING' as const,
    site_gln: '9520001000010',
    posted_at: '2026-01-01T00:00:00Z',
    lines: of,
  });

  it('becomes a receipt under a key of its own number', () => {
    expect(toReceipts(document(lines(1, '1.5')))).toEqual([
      {
        idempotencyKey: 'D1:0',
        location: '9520001000010',
        documentRef: 'D1',
        occurredAt: '2026-01-01T00:00:00Z',
        opening: true,
        lines: [{ sku: 'A0', quantity: { value: '1.5', uom: 'EA' } }],
      },
    ]);
  });

  it('of more than 1,000 lines becomes several; empty shelves are left out', () => {
    const receipts = toReceipts(document([...lines(2_001), ...lines(5, '0')]));
    expect(receipts.map(({ idempotencyKey, lines: of }) => [idempotencyKey, of.length])).toEqual([
      ['D1:0', 1_000],
      ['D1:1', 1_000],
      ['D1:2', 1],
    ]);
    expect(toReceipts(document(lines(3, '0.000')))).toEqual([]);
  });
});

describe('records as they come', () => {
  it('a repeated one counts once, as it came last; one that is not as agreed is set aside with its field', () => {
    const wrong = {
      ...item,
      item_no: '2',
      articles: [{ ...item.articles[0], prices: [{ kind: 'L', coins: 1.5, currency: 'GBP' }] }],
    };
    const { good, setAside } = readRecords(itemShape, [item, wrong, { ...item, rev: 8 }], (one) => one.item_no);
    expect(good.map(({ rev }) => rev)).toEqual([8]);
    expect(setAside).toMatchObject([{ reason: expect.stringContaining('articles.0.prices.0.coins') }]);
  });

  it('a GLN with a wrong check digit is set aside before it reaches the graph', () => {
    const wrong = {
      doc_no: 'D',
      kind: 'RECEIPT',
      site_gln: '9520001000011',
      posted_at: '2026-01-01T00:00:00Z',
      lines: [],
    };
    expect(readRecords(documentShape, [wrong], (one) => one.doc_no).setAside[0]?.reason).toMatch(
      /^site_gln: GLN .* check digit/,
    );
  });
});
