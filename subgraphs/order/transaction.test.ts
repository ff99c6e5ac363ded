// Specification of when two tickets are the same ticket.
import { describe, expect, it } from 'vitest';
import { sale } from '../../test/kit/order-facts.ts';
import { line } from '../../test/kit/tickets.ts';
import { hashTicket, toTransaction } from './transaction.ts';

const place = { transactionId: '6f1c2d0e-8a4b-4c7e-9f00-1234567890ab', sequence: 7 };
const hash = (changes: Record<string, unknown> = {}) => hashTicket(sale({ ...place, ...changes }));

describe('the same ticket', () => {
  it('is recognised however it is written: letter case of the SKU and the UUID, zeros, time zone, defaults left out', () => {
    const lines = [line(1, 'mug-blue', 2, '4.5', '9'), { ...line(2, 'CANDLE', 1, '12.00', '12.00'), discount: '0' }];
    const written = { lines, transactionId: place.transactionId.toUpperCase(), training: false };
    expect(hash(written)).toBe(hash());
    expect(hash({ occurredAt: new Date('2026-11-24T10:30:00+01:00') })).toBe(hash());
  });

  it('is the same when it was kept offline first', () => {
    expect(hash({ offline: true })).toBe(hash());
  });

  it('is another one when any fact differs', () => {
    const others = [
      { sequence: 8 },
      { training: true },
      { grandTotal: '21.01' },
      { workstation: 'till-2' },
      { tenders: [] },
    ];
    expect(new Set([hash(), ...others.map(hash)]).size).toBe(others.length + 1);
  });
});

describe('a transaction', () => {
  const made = { id: 't', type: 'SALE' as const, orderId: 'o', returnId: null };
  const receivedAt = new Date('2026-11-25T00:00:00Z');

  it('is late exactly when its day was closed', () => {
    const closed = [{ code: 'DAY_CLOSED' as const, lineNo: null, detail: '', subject: null }];
    expect(toTransaction(sale(), made, [], receivedAt)).toMatchObject({ ...made, lateArrival: false, receivedAt });
    expect(toTransaction(sale(), made, closed, receivedAt).lateArrival).toBe(true);
  });
});
