// Specification of return tickets: what came back to a till has come back; what the sale cannot cover is an exception.
import { describe, expect, it } from 'vitest';
import { comeback, knowing, orderOf, orderOfOne } from '../../test/kit/order-facts.ts';
import { line } from '../../test/kit/tickets.ts';
import type { Order } from './order.ts';
import { decideReturnTicket, originalFor } from './return-ticket.ts';

const NAMED = { original: { orderId: 'order-1' } };
const decide = (changes: Record<string, unknown>, original?: Order, known = knowing()) =>
  decideReturnTicket(comeback(changes), known, original, 'return-1');
const mugs = (count: number, more: Record<string, unknown> = {}) => {
  const total = (count * 4.5).toFixed(2);
  const lines = [{ ...line(1, 'MUG-BLUE', count, '4.50', total), ...more }];
  return { ...NAMED, lines, tenders: [{ type: 'CASH', amount: total }], grandTotal: total };
};
const codes = ({ exceptions }: ReturnType<typeof decide>) => exceptions.map(({ code }) => code);

describe('a return ticket', () => {
  it('without a receipt is a refunded return of nobody’s order', () => {
    const decided = decide({});
    expect(decided).toMatchObject({ exceptions: [], refunded: 0n });
    expect(decided.credited.size).toBe(0);
    expect(decided.returned).toMatchObject({ orderId: null, status: 'REFUNDED', refund: 450n, version: 1 });
    expect(decided.returned.lines).toMatchObject([
      { orderLineNo: null, sku: 'MUG-BLUE', gross: 450n, disposition: 'RESTOCK' },
    ]);
  });

  it('with a receipt takes from the line of its SKU, and belongs to the customer of the sale', () => {
    const decided = decide(mugs(1), { ...orderOf(), customerId: 'c-1' });
    expect([...decided.credited]).toEqual([[1, 1_000n]]);
    expect(decided).toMatchObject({
      exceptions: [],
      refunded: 450n,
      returned: { orderId: 'order-1', customerId: 'c-1' },
    });
  });

  it('takes from the line it names, whatever its SKU was taken for', () => {
    const decided = decide(mugs(1, { originalLineNo: 2 }), orderOf());
    expect([...decided.credited]).toEqual([[2, 1_000n]]);
  });

  it('of more pieces than any one line has takes from all lines of the SKU', () => {
    const lines = [
      line(1, 'MUG-BLUE', 1, '4.50', '4.50'),
      line(2, 'CANDLE', 1, '12.00', '12.00'),
      line(3, 'MUG-BLUE', 2, '4.50', '9.00'),
    ];
    const order = orderOf({ lines, grandTotal: '25.50', tenders: [{ type: 'CARD', amount: '25.50' }] });
    expect([...decide(mugs(3), order).credited]).toEqual([
      [1, 1_000n],
      [3, 2_000n],
    ]);
    expect([...decide(mugs(2), order).credited]).toEqual([[3, 2_000n]]);
  });

  it('never takes one piece twice, also not by two lines of the same ticket', () => {
    const twice = { ...mugs(2), lines: [1, 2].map((lineNo) => line(lineNo, 'MUG-BLUE', 1, '4.50', '4.50')) };
    const decided = decide(twice, orderOfOne(1n, 900n));
    expect([[...decided.credited], codes(decided)]).toEqual([[[1, 1_000n]], ['OVER_RETURN']]);
  });
});

describe('a return ticket with something wrong is a return all the same', () => {
  it('OVER_RETURN: what the sale had left is taken, the rest is named', () => {
    const decided = decide(mugs(3), orderOf());
    expect([...decided.credited]).toEqual([[1, 2_000n]]);
    expect(decided.exceptions).toMatchObject([
      { code: 'OVER_RETURN', lineNo: 1, detail: '3 came back, the sale had 2 left' },
    ]);
    expect(decided.returned.lines[0]?.quantity.milli).toBe(3_000n);
  });

  it('OVER_RETURN of what was never sold, or is announced to come back elsewhere', () => {
    expect(codes(decide(mugs(1, { sku: 'CANDLE' }), orderOfOne(1n, 900n)))).toEqual(['OVER_RETURN']);
    expect(codes(decide(mugs(1), orderOfOne(1n, 900n, { returnPending: 1_000n })))).toEqual(['OVER_RETURN']);
  });

  it('OVER_REFUND: more money than was paid and not given back yet', () => {
    expect(codes(decide(mugs(2), { ...orderOf(), refunded: 1_200n }))).toEqual([]);
    const decided = decide(mugs(2), { ...orderOf(), refunded: 1_201n });
    expect(decided.exceptions).toMatchObject([
      { code: 'OVER_REFUND', detail: '9.00 GBP was given back, 8.99 GBP of what was paid was left' },
    ]);
    expect(decided.refunded).toBe(900n);
  });

  it('CURRENCY_MISMATCH: the goods are taken off the sale, the money is not', () => {
    const decided = decide({ ...mugs(1), currency: 'EUR' }, orderOf());
    expect([codes(decided), [...decided.credited], decided.refunded]).toEqual([
      ['CURRENCY_MISMATCH'],
      [[1, 1_000n]],
      0n,
    ]);
  });

  it('UNKNOWN_ORIGINAL: it names a sale nobody knows', () => {
    const decided = decide(mugs(1), undefined);
    expect([codes(decided), decided.returned.orderId]).toEqual([['UNKNOWN_ORIGINAL'], null]);
  });

  it('UNKNOWN_SKU, LINE_TOTAL_MISMATCH, GRAND_TOTAL_MISMATCH, TENDERS_MISMATCH, DAY_CLOSED as a sale', () => {
    const known = knowing({ skus: new Set(), dayClosed: true });
    const lines = [line(1, 'MUG-BLUE', 1, '4.50', '4.00')];
    expect(codes(decide({ lines, tenders: [] }, undefined, known))).toEqual([
      'UNKNOWN_SKU',
      'LINE_TOTAL_MISMATCH',
      'GRAND_TOTAL_MISMATCH',
      'TENDERS_MISMATCH',
      'DAY_CLOSED',
    ]);
  });
});

describe('practice', () => {
  it('takes from practice only, and a real return from real sales only', () => {
    const [practice, real] = [orderOf({ training: true }), orderOf()];
    const tickets = [comeback({ training: true }), comeback()];
    expect(tickets.map((ticket) => [practice, real].map((order) => originalFor(ticket, order) === order))).toEqual([
      [true, false],
      [false, true],
    ]);
  });
});
