// Specification of what a shopper is told of stock.
import { describe, expect, it } from 'vitest';
import { availabilityOf } from './availability.ts';
import type { Position } from './position.ts';

const item = { sku: 'MUG', uom: 'EA', tracked: true };
const position = (onHand: bigint, reserved = 0n): Position => ({
  sku: 'MUG',
  location: '4012345000016',
  uom: 'EA',
  onHand,
  reserved,
  version: 1,
});

describe('availability', () => {
  it.each([
    ['IN', [position(4_000n), position(3_000n, 1_000n)], 6_000n],
    ['LOW', [position(7_000n, 2_000n)], 5_000n],
    ['OUT', [position(2_000n, 2_000n)], 0n],
    ['OUT', [], 0n],
  ])('is %s', (state, positions, milli) => {
    expect(availabilityOf('MUG', 'web', item, positions)).toMatchObject({ state, channel: 'web', promise: { milli } });
  });

  it('does not let one shop that oversold take from another', () => {
    expect(availabilityOf('MUG', null, item, [position(-3_000n), position(2_000n)])?.promise.milli).toBe(2_000n);
  });

  it('is told for a SKU that only the ledger knows', () => {
    expect(availabilityOf('MUG', null, undefined, [position(9_000n)])?.state).toBe('IN');
  });

  it('is null for a SKU nobody knows and for one no stock is kept of', () => {
    expect(availabilityOf('MUG', null, undefined, [])).toBeNull();
    expect(availabilityOf('MUG', null, { ...item, tracked: false }, [])).toBeNull();
  });
});
