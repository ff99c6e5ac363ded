// What a newly fed price list changes: prices it no longer has are superseded, prices it has anew are added, the rest stays. Pure.
import type { Price } from './price.ts';
import type { FedPrice } from './product.ts';

/** Two prices with the same terms are the same price. */
function termsOf(price: FedPrice): string {
  return [
    price.amount,
    price.currency,
    price.type,
    price.channel,
    price.location,
    price.customerGroup,
    price.taxIncluded,
    price.validFrom.toISOString(),
    price.validTo?.toISOString(),
  ].join('|');
}

export interface PriceChanges {
  readonly gone: readonly Price[];
  readonly added: readonly Price[];
}

export function decidePrices(
  sku: string,
  fed: readonly FedPrice[],
  current: readonly Price[],
  newId: () => string,
  now: Date,
): PriceChanges {
  const wanted = new Map(fed.map((price) => [termsOf(price), price]));
  const kept = new Set(current.map(termsOf));
  return {
    gone: current.filter((price) => !wanted.has(termsOf(price))),
    added: [...wanted]
      .filter(([terms]) => !kept.has(terms))
      .map(([, price]) => ({ ...price, id: newId(), sku, recordedAt: now, supersededAt: null })),
  };
}
