// Specification of reservations: never granted beyond what is available, and given back exactly once.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantity } from '#platform/kernel/quantity.ts';
import { available, emptyPosition, fold, type Movement, type Position, post } from './position.ts';
import { decideExtend, decideRelease, decideReserve, expire, isDue, type Reservation } from './reservation.ts';
import type { Situation } from './situation.ts';

const sku = 'MUG';
const location = '4012345000016';
const start = new Date('2026-11-24T09:30:00Z');
const later = (seconds: number) => new Date(start.getTime() + seconds * 1_000);

const situation = (changes: Partial<Situation> = {}): Situation => ({
  sku,
  location,
  locationKnown: true,
  skuKnown: true,
  item: { sku, uom: 'EA', tracked: true },
  position: { sku, location, uom: 'EA', onHand: 5_000n, reserved: 3_000n, version: 7 },
  ...changes,
});
const reservation = (milli: bigint, changes: Partial<Reservation> = {}): Reservation => ({
  id: 'R1',
  sku,
  location,
  quantity: quantity(milli),
  holder: { kind: 'CART', id: 'cart-1' },
  channel: null,
  status: 'HELD',
  expiresAt: later(900),
  createdAt: start,
  clientId: 'web',
  customerId: null,
  ...changes,
});
const reserve = (milli: bigint, given: Situation = situation()) =>
  decideReserve(given, { reservation: reservation(milli), movementId: 'M1' });

describe('reserving', () => {
  it('grants what is available to the last unit', () => {
    const { outcome, posting } = reserve(2_000n);
    expect(outcome).toMatchObject({ __typename: 'StockReserved', reservation: { status: 'HELD' } });
    expect(posting?.after).toMatchObject({ onHand: 5_000n, reserved: 5_000n, version: 8 });
    expect(posting?.movements).toMatchObject([{ type: 'RESERVE', delta: 2_000n, reservationId: 'R1' }]);
  });

  it('refuses more than is available and says how much is', () => {
    const { outcome, posting } = reserve(2_001n);
    expect(outcome).toMatchObject({ code: 'OUT_OF_STOCK', sku, available: quantity(2_000n) });
    expect(posting).toBeUndefined();
  });

  it('has nothing to grant where nothing ever came in', () => {
    expect(reserve(1n, situation({ position: undefined })).outcome).toMatchObject({ available: quantity(0n) });
  });

  it.each([
    ['UNKNOWN_LOCATION', { locationKnown: false }],
    ['UNKNOWN_SKU', { skuKnown: false, item: undefined, position: undefined }],
    ['STOCK_NOT_TRACKED', { item: { sku, uom: 'EA', tracked: false } }],
    ['UNIT_MISMATCH', { item: { sku, uom: 'KGM', tracked: true }, position: undefined }],
  ])('is refused with %s', (code, changes) => {
    expect(reserve(1_000n, situation(changes)).outcome).toMatchObject({ code });
  });
});

describe('a reservation', () => {
  it('is due from the moment it expires', () => {
    expect(isDue(reservation(1n), later(899))).toBe(false);
    expect(isDue(reservation(1n), later(900))).toBe(true);
    expect(isDue(reservation(1n, { status: 'RELEASED' }), later(901))).toBe(false);
  });

  it('is extended to a later end, never to an earlier one', () => {
    expect(decideExtend(reservation(1n), later(1_000))).toMatchObject({ reservation: { expiresAt: later(1_000) } });
    expect(decideExtend(reservation(1n), later(10))).toMatchObject({ reservation: { expiresAt: later(900) } });
  });

  it('that has ended is neither extended nor released', () => {
    const ended = reservation(1_000n, { status: 'EXPIRED' });
    const refusal = { code: 'RESERVATION_NOT_HELD', status: 'EXPIRED' };
    expect(decideExtend(ended, later(1_000))).toMatchObject(refusal);
    expect(decideRelease(emptyPosition({ sku, location }, 'EA'), ended, 'M1', start).outcome).toMatchObject(refusal);
  });

  it('gives back what it held, whether released or expired', () => {
    const position = { sku, location, uom: 'EA', onHand: 5_000n, reserved: 3_000n, version: 7 };
    expect(decideRelease(position, reservation(1_000n), 'M1', start).posting?.after.reserved).toBe(2_000n);
    const { posting, expired } = expire(position, [reservation(1_000n), reservation(500n)], later(900), () => 'M');
    expect(posting.after.reserved).toBe(1_500n);
    expect(expired.map(({ status }) => status)).toEqual(['EXPIRED', 'EXPIRED']);
  });
});

describe('any history of a position', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('reserve'), milli: fc.bigInt({ min: 1n, max: 4_000n }) }),
    fc.record({
      kind: fc.constantFrom('release', 'expire', 'sale', 'receipt'),
      milli: fc.bigInt({ min: 1n, max: 3_000n }),
    }),
  );

  it('grants no reservation beyond what was available, and stays the fold of its ledger', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let position: Position = emptyPosition({ sku, location }, 'EA');
        let held: Reservation[] = [];
        const ledger: Movement[] = [];
        const write = (posting: ReturnType<typeof post>) => {
          position = posting.after;
          ledger.push(...posting.movements);
        };
        for (const { kind, milli } of steps) {
          const oldest = held[0];
          if (kind === 'reserve') {
            const could = available(position);
            const { outcome, posting } = reserve(milli, situation({ position }));
            expect(posting !== undefined).toBe(could >= milli);
            if (posting) write(posting);
            if (outcome.__typename === 'StockReserved') held.push(outcome.reservation);
          } else if (kind === 'release' && oldest) {
            const { posting } = decideRelease(position, oldest, 'M', start);
            if (posting) write(posting);
            held = held.slice(1);
          } else if (kind === 'expire') {
            write(expire(position, held, later(900), () => 'M').posting);
            held = [];
          } else if (kind === 'sale' || kind === 'receipt') {
            const change = { id: 'M', documentRef: null, reasonCode: null, reservationId: null, occurredAt: start };
            const [type, delta] = kind === 'sale' ? (['SALE', -milli] as const) : (['RECEIPT', milli] as const);
            write(post(position, [{ ...change, type, delta }]));
          }
          expect(position.reserved).toBe(held.reduce((sum, one) => sum + one.quantity.milli, 0n));
        }
        expect(fold({ sku, location }, 'EA', ledger)).toEqual(position);
      }),
    );
  });
});
