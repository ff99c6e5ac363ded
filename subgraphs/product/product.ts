// Products and what a feed may change of them: only the system that owns a product changes it, only forward in time, and no SKU,
// GTIN or handle belongs to two. Pure.
import type { productStatuses } from '#contracts/product.ts';
import type { PriceType } from './price.ts';
import { type ItemRejection, rejectItem } from './rejections.ts';

export interface Variant {
  readonly sku: string;
  readonly productId: string;
  readonly title: string;
  readonly gtins: readonly string[];
  readonly options: readonly { readonly name: string; readonly value: string }[];
  readonly uom: string;
  readonly taxCategory: string | null;
  readonly returnable: boolean;
  readonly returnWindowDays: number;
  readonly trackInventory: boolean;
}

export interface Product {
  readonly id: string;
  readonly system: string;
  readonly externalId: string;
  readonly externalVersion: string;
  readonly changedAt: Date;
  readonly lastSeenAt: Date;
  readonly handle: string;
  readonly title: string;
  readonly description: string | null;
  readonly brand: string | null;
  readonly categories: readonly string[];
  readonly status: (typeof productStatuses)[number];
  readonly version: number;
  readonly variants: readonly Variant[];
}

/** A product as a search finds it; they are in the order of title and id. */
export type FoundProduct = Pick<Product, 'id' | 'title'>;

export interface FedPrice {
  readonly amount: bigint;
  readonly currency: string;
  readonly type: PriceType;
  readonly channel: string | null;
  readonly location: string | null;
  readonly customerGroup: string | null;
  readonly taxIncluded: boolean;
  readonly validFrom: Date;
  readonly validTo: Date | null;
}

export interface FedVariant extends Omit<Variant, 'productId'> {
  /** Null: the feed says nothing of prices; they stay as they are. */
  readonly prices: readonly FedPrice[] | null;
}

export interface FedProduct extends Omit<Product, 'id' | 'system' | 'lastSeenAt' | 'version' | 'variants'> {
  readonly variants: readonly FedVariant[];
}

/** Whose a name is. A withdrawn variant gives up its SKU and GTINs to whoever its system of record gives them next. */
export interface NameOwner {
  readonly productId: string;
  readonly system: string;
  readonly withdrawn: boolean;
}

/** What is known of the names in a call before it: who has them. */
export interface Taken {
  /** By external id of the calling system. */
  readonly products: ReadonlyMap<string, Product>;
  readonly skus: ReadonlyMap<string, NameOwner>;
  readonly gtins: ReadonlyMap<string, NameOwner>;
  readonly handles: ReadonlyMap<string, string>;
}

export type ItemOutcome =
  | {
      readonly externalId: string;
      readonly outcome: 'CREATED' | 'UPDATED';
      readonly product: Product;
      readonly fed: FedProduct;
    }
  | { readonly externalId: string; readonly outcome: 'UNCHANGED' | 'STALE'; readonly product: Product }
  | ({ readonly externalId: string; readonly outcome: 'REJECTED' } & ItemRejection);

/** One outcome per product, in order: names that earlier ones of the call claimed are taken, names they gave up are free. */
export function decideUpserts(
  system: string,
  fed: readonly FedProduct[],
  taken: Taken,
  newId: () => string,
  now: Date,
): ItemOutcome[] {
  const names = { skus: new Map(taken.skus), gtins: new Map(taken.gtins), handles: new Map(taken.handles) };
  const seen = new Set<string>();
  return fed.map((product): ItemOutcome => {
    const { externalId } = product;
    if (seen.has(externalId))
      return { externalId, outcome: 'REJECTED', ...rejectItem('DUPLICATE_IN_CALL', externalId) };
    seen.add(externalId);
    const earlier = taken.products.get(externalId);
    if (earlier && product.changedAt < earlier.changedAt) return { externalId, outcome: 'STALE', product: earlier };
    if (earlier?.externalVersion === product.externalVersion) {
      return { externalId, outcome: 'UNCHANGED', product: { ...earlier, lastSeenAt: now } };
    }
    const id = earlier?.id ?? newId();
    const problem = findTaken(system, id, product, names);
    if (problem) return { externalId, outcome: 'REJECTED', ...problem };
    if (earlier) giveUp(earlier, names);
    claim(system, id, product, names);
    const made = toProduct(system, id, product, (earlier?.version ?? 0) + 1, now);
    return { externalId, outcome: earlier ? 'UPDATED' : 'CREATED', product: made, fed: product };
  });
}

interface Names {
  readonly skus: Map<string, NameOwner>;
  readonly gtins: Map<string, NameOwner>;
  readonly handles: Map<string, string>;
}

function giveUp({ id, system, handle, variants }: Product, names: Names): void {
  names.handles.delete(handle);
  for (const { sku, gtins } of variants) {
    names.skus.set(sku, { productId: id, system, withdrawn: true });
    for (const gtin of gtins) names.gtins.delete(gtin);
  }
}

function claim(system: string, productId: string, { handle, variants }: FedProduct, names: Names): void {
  const owner = { productId, system, withdrawn: false };
  names.handles.set(handle, productId);
  for (const { sku, gtins } of variants) {
    names.skus.set(sku, owner);
    for (const gtin of gtins) names.gtins.set(gtin, owner);
  }
}

function findTaken(system: string, id: string, product: FedProduct, taken: Names): ItemRejection | undefined {
  const handleOf = taken.handles.get(product.handle);
  if (handleOf !== undefined && handleOf !== id) return rejectItem('HANDLE_TAKEN', `handle ${product.handle}`);
  // Among its own variants a product may move names as it likes: all of them are told anew.
  const elsewhere = (owner: NameOwner | undefined) => owner && owner.productId !== id && !owner.withdrawn;
  const own = new Set<string>();
  for (const { sku, gtins } of product.variants) {
    const owner = taken.skus.get(sku);
    if (owner && owner.system !== system) return rejectItem('NOT_OWNER', `sku ${sku} of ${owner.system}`);
    if (elsewhere(owner) || own.has(`sku ${sku}`)) return rejectItem('SKU_TAKEN', `sku ${sku}`);
    own.add(`sku ${sku}`);
    for (const gtin of gtins) {
      if (elsewhere(taken.gtins.get(gtin)) || own.has(`gtin ${gtin}`)) return rejectItem('GTIN_TAKEN', `gtin ${gtin}`);
      own.add(`gtin ${gtin}`);
    }
  }
  return undefined;
}

function toProduct(system: string, id: string, fed: FedProduct, version: number, now: Date): Product {
  const { variants, ...fields } = fed;
  return {
    ...fields,
    id,
    system,
    lastSeenAt: now,
    version,
    variants: variants.map(({ prices: _prices, ...variant }) => ({ ...variant, productId: id })),
  };
}

/** The catalogue may be this much behind its system of record. */
export const STALE_AFTER_MS = 15 * 60_000;

export interface Freshness {
  readonly asOf: Date;
  readonly lagMs: number;
  readonly stale: boolean;
  readonly source: string;
}

const LARGEST_INT = 2_147_483_647;

/** How old what we say of a product is: its system confirmed it last, or confirmed that nothing newer exists. */
export function freshnessOf(product: Product, feedSeenAt: Date | null, now: Date): Freshness {
  const asOf = feedSeenAt && feedSeenAt > product.lastSeenAt ? feedSeenAt : product.lastSeenAt;
  const lagMs = Math.max(0, now.getTime() - asOf.getTime());
  return { asOf, lagMs: Math.min(lagMs, LARGEST_INT), stale: lagMs > STALE_AFTER_MS, source: product.system };
}
