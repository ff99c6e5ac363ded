// Which price counts: the one whose scope says most about the buyer, then the stronger type, then the newer. Pure.
import type { priceTypes } from '#contracts/product.ts';

export type PriceType = (typeof priceTypes)[number];

export interface Price {
  readonly id: string;
  readonly sku: string;
  /** Minor units. */
  readonly amount: bigint;
  readonly currency: string;
  readonly type: PriceType;
  /** Null scopes mean everywhere and everybody. */
  readonly channel: string | null;
  readonly location: string | null;
  readonly customerGroup: string | null;
  readonly taxIncluded: boolean;
  readonly validFrom: Date;
  readonly validTo: Date | null;
  /** When we were told of it. */
  readonly recordedAt: Date;
  /** When the price list no longer had it; null while it has. */
  readonly supersededAt: Date | null;
}

export interface PriceQuestion {
  readonly channel: string | null;
  readonly location: string | null;
  readonly customerGroup: string | null;
  readonly at: Date;
}

export interface ChosenPrice extends Price {
  /** Reasons, strongest first. */
  readonly why: readonly string[];
}

const strength: Record<PriceType, number> = { PROMO: 3, SALE: 2, LIST: 1, PRIOR_30D_LOWEST: 0 };

/** The lowest price of the last 30 days is shown beside a price by law; nothing is ever sold at it. */
function sells(price: Price): boolean {
  return price.type !== 'PRIOR_30D_LOWEST';
}

const scopes = ['channel', 'location', 'customerGroup'] as const;

function applies(price: Price, asked: PriceQuestion, all: readonly Price[]): boolean {
  const at = asked.at.getTime();
  // Half open: at its end the next price counts already.
  const ended = [price.validTo, price.supersededAt].some((end) => end !== null && end.getTime() <= at);
  const inScope = scopes.every((scope) => price[scope] === null || price[scope] === asked[scope]);
  return inScope && !ended && countsFrom(price, all).getTime() <= at;
}

/** A price without a beginning that took another's place counts from when we were told: until then the other one did. */
function countsFrom(price: Price, all: readonly Price[]): Date {
  if (price.validFrom.getTime() > 0) return price.validFrom;
  const tookPlace = all.some(
    (other) =>
      other.supersededAt !== null &&
      other.supersededAt <= price.recordedAt &&
      other.type === price.type &&
      scopes.every((scope) => other[scope] === price[scope]),
  );
  return tookPlace ? price.recordedAt : price.validFrom;
}

/** Customer group says more than location, location more than channel. */
function specificity(price: Price): number {
  return (price.customerGroup === null ? 0 : 4) + (price.location === null ? 0 : 2) + (price.channel === null ? 0 : 1);
}

function compare(a: Price, b: Price): number {
  return (
    specificity(b) - specificity(a) ||
    strength[b.type] - strength[a.type] ||
    b.validFrom.getTime() - a.validFrom.getTime() ||
    b.recordedAt.getTime() - a.recordedAt.getTime() ||
    (a.id < b.id ? 1 : -1)
  );
}

/** The price that counts for this buyer at this time; null when there is none. A question about the past needs superseded ones too. */
export function choosePrice(prices: readonly Price[], asked: PriceQuestion): ChosenPrice | null {
  const candidates = prices.filter((price) => sells(price) && applies(price, asked, prices)).sort(compare);
  const [winner, second] = candidates;
  return winner ? { ...winner, why: explain(winner, second, candidates.length) } : null;
}

function explain(winner: Price, second: Price | undefined, count: number): string[] {
  const forWhom = [
    ...(winner.customerGroup === null ? [] : [`customer group ${winner.customerGroup}`]),
    ...(winner.location === null ? [] : [`location ${winner.location}`]),
    ...(winner.channel === null ? [] : [`channel ${winner.channel}`]),
  ];
  const why = [`${winner.type} price for ${forWhom.length === 0 ? 'everybody' : forWhom.join(', ')}`];
  if (!second) return [...why, 'the only price that applies'];
  const reason =
    specificity(winner) !== specificity(second)
      ? 'more specific than'
      : strength[winner.type] !== strength[second.type]
        ? 'stronger than'
        : 'newer than';
  return [...why, `${reason} the ${second.type} price beside it`, `${count} prices applied`];
}
