// Specification of who may see and change which stock.
import { describe, expect, it } from 'vitest';
import type { Principal } from '#platform/auth/principal.ts';
import { quantity } from '#platform/kernel/quantity.ts';
import { isElsewhere, ownsReservation, refuseSystem } from './access.ts';
import type { Reservation } from './reservation.ts';

const here = '4012345000016';
const there = '4012345000023';
const principal = (roles: string[], claims: Partial<Principal> = {}): Principal => ({
  sub: 's',
  clientId: 'client',
  roles,
  scopes: [],
  ...claims,
});
const reservation: Reservation = {
  id: 'R1',
  sku: 'MUG',
  location: here,
  quantity: quantity(1_000n),
  holder: { kind: 'CART', id: 'cart' },
  channel: null,
  status: 'HELD',
  expiresAt: new Date('2026-11-24T10:00:00Z'),
  createdAt: new Date('2026-11-24T09:00:00Z'),
  clientId: 'web',
  customerId: 'ann',
};

describe('a reservation', () => {
  it.each([
    ['its shopper', true, principal(['shopper'], { customerId: 'ann' })],
    ['another shopper', false, principal(['shopper'], { customerId: 'bob' })],
    ['a shopper without a customer', false, principal(['shopper'])],
    ['a till of its location', true, principal(['store'], { location: here })],
    ['a till of another location', false, principal(['store'], { location: there })],
    ['the client that made it', true, principal(['store'], { location: there, clientId: 'web' })],
    ['an operator', true, principal(['operator'])],
    ['a client of no role', false, principal([])],
    ['a client of no role that made it', true, principal([], { clientId: 'web' })],
  ])('seen by %s: %s', (_, sees, who) => {
    expect(ownsReservation(who, reservation)).toBe(sees);
  });
});

it('a token bound to a location is elsewhere at any other, one of role store without location everywhere', () => {
  expect(isElsewhere(principal(['store'], { location: here }), here)).toBe(false);
  expect(isElsewhere(principal(['store'], { location: here }), there)).toBe(true);
  expect(isElsewhere(principal(['store']), here)).toBe(true);
  expect(isElsewhere(principal(['operator']), here)).toBe(false);
});

it('a feed speaks for the system of its token only', () => {
  expect(refuseSystem(principal(['feed'], { system: 'erp' }), 'upsertLocations', 'erp')).toBeUndefined();
  expect(refuseSystem(principal(['feed'], { system: 'erp' }), 'upsertLocations', 'wms')).toContain('speaks for erp');
  expect(refuseSystem(principal(['feed']), 'receiveStock')).toContain('"system"');
});
