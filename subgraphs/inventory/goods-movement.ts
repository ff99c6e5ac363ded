// Documents that move goods (sales, returns, deliveries) and the ledger lines they become: what happened, happened.
import { type Change, type Position, type PositionKey, type Posting, post } from './position.ts';
import { type UnitMismatch, unitMismatch } from './rejections.ts';

export interface GoodsLine {
  readonly sku: string;
  /** What on hand changes by, in thousandths: a sale takes away. */
  readonly delta: bigint;
  readonly uom: string;
}

export interface GoodsDocument {
  readonly type: 'SALE' | 'RETURN' | 'RECEIPT' | 'OPENING';
  readonly documentRef: string;
  readonly location: string;
  readonly occurredAt: Date;
  readonly lines: readonly GoodsLine[];
}

/** The positions documents touch, each once, with the unit of the first line that names it. */
export function touched(documents: readonly GoodsDocument[]): (PositionKey & { readonly uom: string })[] {
  const wanted = new Map<string, PositionKey & { readonly uom: string }>();
  for (const { location, lines } of documents) {
    for (const { sku, uom } of lines) {
      const key = `${sku}\n${location}`;
      if (!wanted.has(key)) wanted.set(key, { sku, location, uom });
    }
  }
  return [...wanted.values()];
}

/** One posting per position, its lines in the order of the documents. Lines without a position are left out. */
export function postGoods(
  positions: readonly Position[],
  documents: readonly GoodsDocument[],
  newId: () => string,
): Posting[] {
  const changes = new Map(positions.map(({ sku, location }) => [`${sku}\n${location}`, [] as Change[]]));
  for (const { type, documentRef, location, occurredAt, lines } of documents) {
    for (const { sku, delta } of lines) {
      changes
        .get(`${sku}\n${location}`)
        ?.push({ id: newId(), type, delta, documentRef, reasonCode: null, reservationId: null, occurredAt });
    }
  }
  return positions.map((position) => post(position, changes.get(`${position.sku}\n${position.location}`) ?? []));
}

/** A delivery is refused where a till is not: a feed can send it again in the right unit. */
export function decideReceipt(
  positions: readonly Position[],
  receipt: GoodsDocument,
  newId: () => string,
): Posting[] | UnitMismatch {
  const uoms = new Map(positions.map(({ sku, uom }) => [sku, uom]));
  for (const { sku, uom } of receipt.lines) {
    const kept = uoms.get(sku) ?? uom;
    if (kept !== uom) return unitMismatch(sku, kept, uom);
  }
  return postGoods(positions, [receipt], newId);
}

/** Lines counted in another unit than their position's: the number is taken as it is, and somebody should know. */
export function otherUnits(positions: readonly Position[], documents: readonly GoodsDocument[]): string[] {
  const uoms = new Map(positions.map(({ sku, location, uom }) => [`${sku}\n${location}`, uom]));
  return documents.flatMap(({ documentRef, location, lines }) =>
    lines
      .filter(({ sku, uom }) => (uoms.get(`${sku}\n${location}`) ?? uom) !== uom)
      .map(({ sku, uom }) => `${documentRef}: ${sku} in ${uom}`),
  );
}
