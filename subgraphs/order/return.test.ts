// Specification of announced returns: who may bring what back, and that shares of a line's money add up to the line.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderOf, orderOfOne } from '../../test/kit/order-facts.ts';
import { decideEligibility, type ReturnPolicy, remaining, requestedLines, shareOf } from './return.ts';

const DAY = 86_400_000;
const order = orderOf();
const want = (lineNo: number, milli: bigint) => ({ lineNo, milli, reasonCode: 'DEFECT' });
const policies = (policy: Partial<ReturnPolicy>) =>
  new Map([['MUG-BLUE', { returnable: true, windowDays: 30, ...policy }]]);
const later = (days: number) => new Date(order.placedAt.getTime() + days * DAY);
const reasons = (wanted: ReturnType<typeof want>[], policy: Partial<ReturnPolicy> = {}, days = 1) =>
  decideEligibility(order, wanted, policies(policy), later(days)).reasons;

describe('goods of an order', () => {
  it('may come back within the window, up to what was sold', () => {
    expect(decideEligibility(order, [want(1, 2_000n), want(2, 1_000n)], policies({}), later(30))).toEqual({
      decision: 'ALLOW',
      reasons: [],
      policyVersion: 'standard-1',
    });
  });

  it('may not come back a moment after the window, which each SKU has of its own', () => {
    expect(reasons([want(1, 1_000n)], { windowDays: 14 }, 14)).toEqual([]);
    expect(reasons([want(1, 1_000n)], { windowDays: 14 }, 14.001)).toEqual([
      'line 1: the return window of 14 days has passed',
    ]);
    // Nobody told us of the candle: the default window.
    expect(reasons([want(2, 1_000n)], { windowDays: 14 }, 29)).toEqual([]);
  });

  it('may not come back when the SKU is not returnable', () => {
    expect(reasons([want(1, 1_000n)], { returnable: false })).toEqual(['line 1: MUG-BLUE is not returnable']);
  });

  it('may not come back when the order has no such line, or no more of it', () => {
    expect(reasons([want(3, 1_000n), want(1, 2_001n)])).toEqual([
      'line 3: the order has no such line',
      'line 1: 2 EA can still come back',
    ]);
  });

  it('may not come back twice: what is back and what is announced both count', () => {
    const partly = orderOfOne(5n, 500n, { returned: 2_000n, returnPending: 1_000n });
    expect(partly.lines.map(remaining)).toEqual([2_000n]);
    expect(decideEligibility(partly, [want(1, 2_001n)], new Map(), later(1)).decision).toBe('DENY');
    expect(decideEligibility(partly, [want(1, 2_000n)], new Map(), later(1)).decision).toBe('ALLOW');
  });

  it('of a practice sale may not come back: nothing was sold', () => {
    const practice = orderOf({ training: true });
    expect(decideEligibility(practice, [want(1, 1_000n)], new Map(), later(1))).toMatchObject({ decision: 'DENY' });
  });

  it('are announced with what they are worth', () => {
    expect(requestedLines(order, [want(1, 1_000n)])).toMatchObject([
      { lineNo: 1, orderLineNo: 1, sku: 'MUG-BLUE', quantity: { milli: 1_000n }, gross: 450n, reasonCode: 'DEFECT' },
    ]);
  });
});

describe('the money of parts', () => {
  /** A line of up to 50 pieces, and how it comes back: part by part. */
  const partly = fc
    .tuple(
      fc.bigInt({ min: 1n, max: 50n }),
      fc.bigInt({ min: -99_999n, max: 99_999n }),
      fc.bigInt({ min: 0n, max: 1_000_000n }),
    )
    .chain(([count, gross, taxRate]) =>
      fc.record({
        line: fc.constant({ count, gross, taxRate }),
        cuts: fc.uniqueArray(fc.bigInt({ min: 1n, max: count * 1_000n }), { maxLength: 8 }),
      }),
    );

  it('adds up to the whole line, exactly, in whatever parts it comes back', () => {
    fc.assert(
      fc.property(partly, ({ line: { count, gross, taxRate }, cuts }) => {
        const tax = (gross * taxRate) / 2_000_000n;
        const [whole] = orderOfOne(count, gross, { tax, net: gross - tax }).lines;
        if (!whole) throw new Error('the order has one line');
        const ends = [...new Set([...cuts, count * 1_000n])].toSorted((a, b) => Number(a - b));
        let before = 0n;
        const sum = { net: 0n, tax: 0n, gross: 0n };
        for (const end of ends) {
          const share = shareOf(whole, before, end - before);
          expect(share.net + share.tax).toBe(share.gross);
          sum.net += share.net;
          sum.tax += share.tax;
          sum.gross += share.gross;
          before = end;
        }
        expect(sum).toEqual({ net: gross - tax, tax, gross });
      }),
    );
  });

  it('of one third of a penny line: two parts get nothing, none gets two', () => {
    const [third] = orderOfOne(3n, 1n).lines;
    if (!third) throw new Error('the order has one line');
    expect([0n, 1_000n, 2_000n].map((before) => shareOf(third, before, 1_000n).gross)).toEqual([0n, 1n, 0n]);
  });
});
