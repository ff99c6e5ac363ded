// Specification of shortages: which reservations a sale that ate reserved stock puts in doubt.
import { describe, expect, it } from 'vitest';
import { quantity } from '#platform/kernel/quantity.ts';
import { type Position, post } from './position.ts';
import type { Reservation } from './reservation.ts';
import { detectShortage, mayBeShort } from './shortage.ts';

const sku = 'MUG';
const location = '4012345000016';
const start = new Date('2026-11-24T09:30:00Z');
const minutes = (count: number) => new Date(start.getTime() + count * 60_000);

const position = (onHand: bigint, reserved: bigint): Position => ({
  sku,
  location,
  uom: 'EA',
  onHand,
  reserved,
  version: 9,
});
const held = (id: string, milli: bigint, createdAt: Date, expiresAt = minutes(60)): Reservation => ({
  id,
  sku,
  location,
  quantity: quantity(milli),
  holder: { kind: 'CART', id },
  channel: null,
  status: 'HELD',
  expiresAt,
  createdAt,
  clientId: 'web',
  customerId: null,
});
const sale = (milli: bigint, before: Position) =>
  post(before, [
    {
      id: 'M1',
      type: 'SALE',
      delta: -milli,
      documentRef: 'order-1',
      reasonCode: null,
      reservationId: null,
      occurredAt: start,
    },
  ]);

describe('a sale', () => {
  it('of free stock makes no shortage', () => {
    const posting = sale(3_000n, position(5_000n, 2_000n));
    expect(mayBeShort(posting)).toBe(false);
    expect(detectShortage(posting, [held('a', 2_000n, start)], minutes(1))).toBeUndefined();
  });

  it('of the last unit, which was reserved, names the reservation', () => {
    const posting = sale(1_000n, position(1_000n, 1_000n));
    expect(mayBeShort(posting)).toBe(true);
    expect(detectShortage(posting, [held('a', 1_000n, start)], minutes(1))).toMatchObject({
      shortBy: 1_000n,
      reservationIds: ['a'],
      cause: { documentRef: 'order-1' },
    });
  });

  it('puts the newest reservations in doubt first, until they cover what is missing', () => {
    const posting = sale(3_000n, position(6_000n, 6_000n));
    const reservations = [
      held('old', 2_000n, minutes(1)),
      held('newest', 2_000n, minutes(3)),
      held('new', 2_000n, minutes(2)),
    ];
    expect(detectShortage(posting, reservations, minutes(4))?.reservationIds).toEqual(['newest', 'new']);
  });

  it('of stock that nobody reserved may oversell without a shortage of reservations', () => {
    expect(mayBeShort(sale(3_000n, position(1_000n, 0n)))).toBe(false);
  });

  it('takes no more from reservations than they hold', () => {
    expect(
      detectShortage(sale(9_000n, position(1_000n, 1_000n)), [held('a', 1_000n, start)], minutes(1))?.shortBy,
    ).toBe(1_000n);
  });

  it('does not tell again of what is short already', () => {
    expect(detectShortage(sale(1_000n, position(0n, 1_000n)), [held('a', 1_000n, start)], minutes(1))).toBeUndefined();
  });

  it('of what a reservation held whose time is over makes no shortage', () => {
    const posting = sale(1_000n, position(1_000n, 1_000n));
    expect(detectShortage(posting, [held('a', 1_000n, start, minutes(5))], minutes(6))).toBeUndefined();
  });
});
