// The demo retailer as the ERP knows it: three shops and a warehouse, the range of demo-catalogue.ts with prices, and what lay on
// the shelves when the books began. Every GTIN and GLN is of GS1's prefix for examples, 952, and has its check digit.
import { gs1CheckDigit } from '#contracts/identifiers.ts';
import type { Books } from './books.ts';
import { type Family, families, optionsOf } from './demo-catalogue.ts';
import type { Article, GoodsDocument, ItemDraft, Price, Site } from './records.ts';

const gs1 = (digits: string) => `${digits}${gs1CheckDigit(digits)}`;
const gln = (place: number) => gs1(`95200010${String(place).padStart(4, '0')}`);

const time_zone = 'Europe/London';
const sites: readonly Site[] = [
  { site_no: 'S01', gln: gln(1), name: 'Harbour Street, Whitby', type: 'SHOP', time_zone },
  { site_no: 'S02', gln: gln(2), name: 'Coney Street, York', type: 'SHOP', time_zone },
  { site_no: 'S03', gln: gln(3), name: 'Grainger Market, Newcastle', type: 'SHOP', time_zone },
  { site_no: 'D01', gln: gln(90), name: 'Teesside Warehouse', type: 'DC', time_zone },
];

/** Before any sale of the demo. */
const BOOKS_BEGAN = '2025-01-02T06:00:00.000Z';
const SALE_FROM = '2025-06-01T00:00:00.000Z';

export function writeDemo(books: Books): void {
  const items = families.flatMap((family, place) => family.styles.map((_, style) => toItem(family, place, style)));
  books.saveSites(sites);
  books.saveItems(items);
  books.saveDocuments(sites.map((site, place) => opening(site, place, items)));
}

function toItem(family: Family, place: number, style: number): ItemDraft {
  const name = family.styles[style] ?? '';
  const text = `${name} ${family.noun}`.trim();
  const articles = optionsOf(family.choice).map((attributes, option): Article => {
    const values = Object.values<string>(attributes);
    const number = place * 2_000 + style * 20 + option;
    return {
      art_no: [family.code, name, ...values]
        .filter(Boolean)
        .join('-')
        .toUpperCase()
        .replace(/[^A-Z0-9]+/g, '-'),
      text: [text, ...values].join(', '),
      eans: [gs1(`9520001${String(number).padStart(5, '0')}`)],
      attributes,
      unit: family.unit ?? 'PC',
      tax_class: family.tax ?? 'S',
      return_days: family.returnDays === undefined ? 30 : family.returnDays,
      stock_kept: true,
      prices: pricesOf(family.pence + style * 50 + surcharge(values), place, style),
    };
  });
  return {
    item_no: `1${String(place).padStart(2, '0')}${String(style).padStart(3, '0')}`,
    slug: text.toLowerCase().replace(/[^a-z0-9]+/g, '-'),
    text,
    long_text: `${text} by ${family.brand}.`,
    brand: family.brand,
    groups: family.groups,
    state: style > 0 && (place + style) % 17 === 0 ? 'D' : 'A',
    articles,
  };
}

/** A kilogram costs more than the pack of 250 g. */
function surcharge(values: readonly string[]): number {
  return values.includes('1 kg') ? 1_900 : 0;
}

function pricesOf(coins: number, place: number, style: number): Price[] {
  const price = (kind: Price['kind'], percent: number, scope: Partial<Price> = {}): Price => {
    return { kind, coins: Math.round((coins * percent) / 100), currency: 'GBP', ...scope };
  };
  return [
    price('L', 100),
    price('L', 90, { customer_group: 'STAFF' }),
    ...(style % 4 === 0
      ? [price('S', 90, { channel: 'WEB', from: SALE_FROM }), price('B', 100, { from: SALE_FROM })]
      : []),
    ...(place % 5 === 0 ? [price('P', 80, { site_gln: gln(2), from: SALE_FROM })] : []),
  ];
}

/** The warehouse holds ten times a shop's shelf; the shelves differ, and a few are empty. */
function opening(site: Site, place: number, items: readonly ItemDraft[]): GoodsDocument {
  const articles = items.filter(({ state }) => state === 'A').flatMap((item) => item.articles);
  const lines = articles.flatMap(({ art_no, unit }, index) => {
    const shelf = (index * 7 + place * 5 + 12) % 23;
    const count = site.type === 'DC' ? shelf * 10 + 40 : shelf;
    const qty = unit === 'PC' ? String(count) : `${count}.500`;
    return count === 0 ? [] : [{ art_no, qty, unit }];
  });
  return { doc_no: `OPENING-${site.site_no}`, kind: 'OPENING', site_gln: site.gln, posted_at: BOOKS_BEGAN, lines };
}
