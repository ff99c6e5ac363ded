// Specification of the ledger: a position is the fold of its movements, whatever they are.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { movementTypes } from '#contracts/inventory.ts';
import { available, type Change, emptyPosition, fold, post } from './position.ts';

const key = { sku: 'MUG', location: '4012345000016' };
const at = new Date('2026-11-24T09:30:00Z');
const change = (type: Change['type'], delta: bigint): Change => ({
  id: `${type} ${delta}`,
  type,
  delta,
  documentRef: null,
  reasonCode: null,
  reservationId: null,
  occurredAt: at,
});

const anyChange = fc
  .record({ type: fc.constantFrom(...movementTypes), delta: fc.bigInt({ min: -9_000n, max: 9_000n }) })
  .map(({ type, delta }) => change(type, delta));

describe('a position', () => {
  it('has what came in, less what went out, and promises what is not reserved', () => {
    const { after, movements } = post(emptyPosition(key, 'EA'), [
      change('OPENING', 5_000n),
      change('SALE', -2_000n),
      change('RESERVE', 1_000n),
    ]);
    expect(after).toMatchObject({ onHand: 3_000n, reserved: 1_000n, version: 3 });
    expect(available(after)).toBe(2_000n);
    expect(movements.map(({ bucket, ledgerSeq }) => [bucket, ledgerSeq])).toEqual([
      ['ON_HAND', 1],
      ['ON_HAND', 2],
      ['RESERVED', 3],
    ]);
  });

  it('may fall below zero: what was sold was there', () => {
    expect(post(emptyPosition(key, 'EA'), [change('SALE', -1_000n)]).after.onHand).toBe(-1_000n);
  });

  it('writes no line for a change of nothing', () => {
    expect(post(emptyPosition(key, 'EA'), [change('SALE', 0n)]).movements).toEqual([]);
  });

  it('equals the fold of its ledger, in however many batches it was written', () => {
    fc.assert(
      fc.property(fc.array(fc.array(anyChange, { maxLength: 8 }), { maxLength: 8 }), (batches) => {
        let position = emptyPosition(key, 'EA');
        const ledger = batches.flatMap((batch) => {
          const posting = post(position, batch);
          position = posting.after;
          return posting.movements;
        });
        expect(fold(key, 'EA', ledger)).toEqual(position);
        expect(position.version).toBe(ledger.length);
      }),
    );
  });

  it('cannot be folded from a ledger with a gap', () => {
    const { movements } = post(emptyPosition(key, 'EA'), [change('RECEIPT', 1n), change('RECEIPT', 2n)]);
    expect(() => fold(key, 'EA', movements.slice(1))).toThrow(RangeError);
  });
});
