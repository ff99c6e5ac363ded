// From the ERP's words to the graph's: items to products, sites to locations, goods documents to receipts. Pure.
import { formatMinor } from '#platform/kernel/money.ts';
import type { ErpDocument, ErpItem, ErpSite } from './shapes.ts';

const statuses = { N: 'DRAFT', A: 'ACTIVE', D: 'DISCONTINUED', R: 'RECALLED' } as const;
const priceTypes = { L: 'LIST', S: 'SALE', P: 'PROMO', B: 'PRIOR_30D_LOWEST' } as const;
const units = { PC: 'EA', KG: 'KGM', L: 'LTR', M: 'MTR' } as const;
const taxCategories: Readonly<Record<string, string>> = { S: 'STANDARD', R: 'REDUCED', Z: 'ZERO' };
const kinds = { SHOP: 'STORE', DC: 'WAREHOUSE' } as const;

/** A `ProductInput` of upsertProducts. */
export function toProduct(item: ErpItem) {
  return {
    externalId: item.item_no,
    externalVersion: String(item.rev),
    changedAt: item.changed_at,
    handle: item.slug,
    title: item.text,
    description: item.long_text ?? null,
    brand: item.brand ?? null,
    categories: item.groups,
    status: statuses[item.state],
    variants: item.articles.map(toVariant),
  };
}

function toVariant(article: ErpItem['articles'][number]) {
  return {
    sku: article.art_no,
    title: article.text,
    gtins: article.eans,
    options: Object.entries(article.attributes).map(([name, value]) => ({ name, value })),
    uom: units[article.unit],
    // A class we have no word for is still a class: taxes are not ours to guess.
    taxCategory: taxCategories[article.tax_class] ?? article.tax_class,
    returnable: article.return_days !== null,
    returnWindowDays: article.return_days ?? 0,
    trackInventory: article.stock_kept,
    prices: article.prices.map(toPrice),
  };
}

function toPrice(price: ErpItem['articles'][number]['prices'][number]) {
  return {
    amount: formatMinor(BigInt(price.coins), price.currency),
    currency: price.currency,
    type: priceTypes[price.kind],
    channel: price.channel ?? null,
    location: price.site_gln ?? null,
    customerGroup: price.customer_group ?? null,
    taxIncluded: true,
    validFrom: price.from ?? null,
    validTo: price.until ?? null,
  };
}

/** A `LocationInput` of upsertLocations. */
export function toLocation({ gln, name, type, time_zone }: ErpSite) {
  return { gln, name, kind: kinds[type], timeZone: time_zone };
}

/** receiveStock takes this many lines. */
const MOST_LINES = 1_000;

/** One `ReceiveStockInput` per 1,000 lines, each under a key that is the document's own: sent again it changes nothing. */
export function toReceipts(document: ErpDocument) {
  const lines = document.lines
    .map(({ art_no, qty, unit }) => ({ sku: art_no, quantity: { value: qty, uom: units[unit] } }))
    // The ERP lists empty shelves; the ledger has only what moves.
    .filter(({ quantity }) => Number(quantity.value) > 0);
  return Array.from({ length: Math.ceil(lines.length / MOST_LINES) }, (_, part) => ({
    idempotencyKey: `${document.doc_no}:${part}`,
    location: document.site_gln,
    documentRef: document.doc_no,
    occurredAt: document.posted_at,
    opening: document.kind === 'OPENING',
    lines: lines.slice(part * MOST_LINES, (part + 1) * MOST_LINES),
  }));
}
