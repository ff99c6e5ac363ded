// Specification of documents that move goods: every line counts, in order, each position once.
import { describe, expect, it } from 'vitest';
import { decideReceipt, type GoodsDocument, otherUnits, postGoods, touched } from './goods-movement.ts';
import { emptyPosition } from './position.ts';

const location = '4012345000016';
const document = (documentRef: string, lines: GoodsDocument['lines']): GoodsDocument => ({
  type: 'SALE',
  documentRef,
  location,
  occurredAt: new Date('2026-11-24T09:30:00Z'),
  lines,
});
const line = (sku: string, delta: bigint, uom = 'EA') => ({ sku, delta, uom });
const sales = [
  document('o1', [line('MUG', -1n), line('CUP', -2n), line('MUG', -3n)]),
  document('o2', [line('MUG', -4n)]),
];
const positions = [emptyPosition({ sku: 'CUP', location }, 'EA'), emptyPosition({ sku: 'MUG', location }, 'EA')];

describe('documents that move goods', () => {
  it('touch each position once', () => {
    expect(touched(sales).map(({ sku }) => sku)).toEqual(['MUG', 'CUP']);
  });

  it('are folded in order, several lines of one SKU included', () => {
    const [cup, mug] = postGoods(positions, sales, () => 'M');
    expect(cup?.after).toMatchObject({ onHand: -2n, version: 1 });
    expect(mug?.movements.map(({ delta, documentRef }) => [delta, documentRef])).toEqual([
      [-1n, 'o1'],
      [-3n, 'o1'],
      [-4n, 'o2'],
    ]);
    expect(mug?.after).toMatchObject({ onHand: -8n, version: 3 });
  });

  it('leave out SKUs without a position, because no stock is kept of them', () => {
    expect(postGoods(positions.slice(1), sales, () => 'M')).toHaveLength(1);
  });

  it('are counted as they are in another unit, and named', () => {
    expect(otherUnits(positions, [document('o3', [line('MUG', -1n, 'KGM')])])).toEqual(['o3: MUG in KGM']);
  });
});

describe('a delivery', () => {
  it('in another unit than the stock is refused', () => {
    const receipt: GoodsDocument = { ...document('d1', [line('CUP', 1n), line('MUG', 1n, 'KGM')]), type: 'RECEIPT' };
    expect(decideReceipt(positions, receipt, () => 'M')).toMatchObject({
      code: 'UNIT_MISMATCH',
      sku: 'MUG',
      uom: 'EA',
    });
  });
});
