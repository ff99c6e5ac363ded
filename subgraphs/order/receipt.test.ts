// Specification of announced goods coming in: never more than announced, never more money than they are worth or was paid.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderOfOne } from '../../test/kit/order-facts.ts';
import { creditedOrder, type Order } from './order.ts';
import { decideReceipt, type ReceiptRefusal, type Received } from './receipt.ts';
import { type Return, requestedLines } from './return.ts';

const at = new Date('2026-11-25T10:00:00Z');

/** The order after announcing `milli` of its one line, and the return announced. */
function announce(order: Order, milli: bigint): { order: Order; expected: Return } {
  const lines = requestedLines(order, [{ lineNo: 1, milli, reasonCode: null }]);
  const { id: orderId, customerId, customerIdentityHash, currency, location } = order;
  const owner = { orderId, transactionId: null, customerId, customerIdentityHash, currency, location };
  const expected: Return = { id: 'r', ...owner, status: 'APPROVED', occurredAt: at, refund: 0n, lines, version: 1 };
  return { order: creditedOrder(order, [{ lineNo: 1, returned: 0n, pending: milli }], 0n), expected };
}

function receive(given: { order: Order; expected: Return }, milli: bigint, refund: bigint, lineNo = 1) {
  const receipts = [{ lineNo, milli, condition: 'chipped', disposition: 'DESTROY' as const }];
  const refunds = refund === 0n ? [] : [{ type: 'CASH' as const, amount: refund, reference: null }];
  return decideReceipt(given.expected, given.order, { location: 'elsewhere', at, receipts, refunds });
}

const received = (decided: Received | ReceiptRefusal): Received => {
  if ('code' in decided) throw new Error(decided.code);
  return decided;
};

describe('announced goods that come in', () => {
  it('are a refunded return when their whole worth is given back, at the shop they came to', () => {
    const { returned, order } = received(receive(announce(orderOfOne(3n, 1_000n), 2_000n), 2_000n, 667n));
    expect(returned).toMatchObject({
      status: 'REFUNDED',
      location: 'elsewhere',
      refund: 667n,
      occurredAt: at,
      version: 2,
    });
    expect(returned.lines).toMatchObject([{ condition: 'chipped', disposition: 'DESTROY', gross: 667n }]);
    expect(order.lines).toMatchObject([{ returned: 2_000n, returnPending: 0n }]);
    expect(order).toMatchObject({ refunded: 667n, version: 3 });
  });

  it('are a received return when less, or nothing yet, is given back', () => {
    expect(received(receive(announce(orderOfOne(3n, 1_000n), 2_000n), 2_000n, 0n)).returned.status).toBe('RECEIVED');
  });

  it('free what was announced and did not come', () => {
    const { order, credits } = received(receive(announce(orderOfOne(3n, 1_000n), 3_000n), 1_000n, 333n));
    expect(credits).toEqual([{ lineNo: 1, returned: 1_000n, pending: -3_000n }]);
    expect(order.lines).toMatchObject([{ returned: 1_000n, returnPending: 0n }]);
  });

  it('are refused beyond what was announced: RECEIPT_EXCEEDS_RETURN', () => {
    const given = announce(orderOfOne(3n, 1_000n), 2_000n);
    expect(receive(given, 2_001n, 0n)).toMatchObject({ code: 'RECEIPT_EXCEEDS_RETURN' });
    expect(receive(given, 1_000n, 0n, 2)).toMatchObject({ code: 'RECEIPT_EXCEEDS_RETURN' });
  });

  it('are refused with more money than they are worth: REFUND_EXCEEDS_RETURN', () => {
    expect(receive(announce(orderOfOne(3n, 1_000n), 2_000n), 1_000n, 334n)).toMatchObject({
      code: 'REFUND_EXCEEDS_RETURN',
    });
  });

  it('are refused with more money than is left of what was paid: REFUND_EXCEEDS_RETURN', () => {
    const given = announce(orderOfOne(1n, 1_000n), 1_000n);
    const order = { ...given.order, refunded: 1n };
    expect(receive({ ...given, order }, 1_000n, 1_000n)).toMatchObject({ code: 'REFUND_EXCEEDS_RETURN' });
    expect(received(receive({ ...given, order }, 1_000n, 999n)).order.refunded).toBe(1_000n);
  });

  it('are refused a second time: RETURN_NOT_RECEIVABLE', () => {
    const given = announce(orderOfOne(1n, 1_000n), 1_000n);
    const { returned, order } = received(receive(given, 1_000n, 0n));
    expect(receive({ order, expected: returned }, 1_000n, 0n)).toMatchObject({ code: 'RETURN_NOT_RECEIVABLE' });
  });
});

it('whatever comes back in whatever parts: never more than sold, never more money than paid, all of it together exactly', () => {
  const parts = fc.array(fc.tuple(fc.bigInt({ min: 1n, max: 3_000n }), fc.bigInt({ min: 0n, max: 3_000n })), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 9n }), fc.bigInt({ min: 0n, max: 99_999n }), parts, (count, gross, tries) => {
      let order = orderOfOne(count, gross);
      for (const [wanted, came] of tries) {
        const [line] = order.lines;
        if (!line || wanted > line.quantity.milli - line.returned) continue;
        const given = announce(order, wanted);
        const milli = came === 0n || came > wanted ? wanted : came;
        const { returned } = received(receive(given, milli, 0n));
        const worth = returned.lines.reduce((sum, one) => sum + one.gross, 0n);
        order = received(receive(given, milli, worth)).order;
        expect(order.refunded <= gross).toBe(true);
      }
      const [line] = order.lines;
      expect(line && line.returned <= line.quantity.milli && line.returnPending === 0n).toBe(true);
      if (line?.returned === line?.quantity.milli) expect(order.refunded).toBe(gross);
    }),
  );
});
