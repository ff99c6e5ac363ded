// Specification of whose rows these are.
import { describe, expect, it } from 'vitest';
import { principalOf } from '../../test/kit/graph.ts';
import { LOCATION } from '../../test/kit/tickets.ts';
import { maySee, mayWriteReturn, narrow } from './visibility.ts';

const ELSEWHERE = '5060000000023';
const [shopper, staff, operator] = [
  principalOf('shopper', { customerId: 'c-1' }),
  principalOf('store', { location: LOCATION }),
  principalOf('operator'),
];
const rows = [
  { location: LOCATION, customerId: 'c-1' },
  { location: LOCATION, customerId: null },
  { location: ELSEWHERE, customerId: 'c-1' },
  { location: ELSEWHERE, customerId: 'c-2' },
];

// What an identity provider may send: all the scopes, and no claim that says whose rows.
const unbound = [principalOf('shopper'), principalOf('store'), { ...operator, roles: [] }];

describe('rows', () => {
  it('are seen by nobody whose token does not say whose they are', () => {
    for (const stranger of unbound) expect(rows.map((row) => maySee(stranger, row))).not.toContain(true);
    expect(rows.map((row) => mayWriteReturn(principalOf('shopper'), row))).not.toContain(true);
  });

  it('are seen by the shopper they belong to, by the staff of their shop, all by an operator', () => {
    expect(rows.map((row) => maySee(shopper, row))).toEqual([true, false, true, false]);
    expect(rows.map((row) => maySee(staff, row))).toEqual([true, true, false, false]);
    expect(rows.map((row) => maySee(operator, row))).toEqual([true, true, true, true]);
  });

  it('may come back to any shop; a shopper announces own ones only', () => {
    expect(rows.map((row) => mayWriteReturn(staff, row))).toEqual([true, true, true, true]);
    expect(rows.map((row) => mayWriteReturn(shopper, row))).toEqual([true, false, true, false]);
  });
});

describe('a list', () => {
  const all = { location: null, customerId: null };

  it('is narrowed to what the caller may see', () => {
    expect(narrow(operator, all)).toEqual(all);
    expect(narrow(staff, all)).toEqual({ location: LOCATION, customerId: null });
    expect(narrow(shopper, { ...all, location: ELSEWHERE })).toEqual({ location: ELSEWHERE, customerId: 'c-1' });
  });

  it('is empty for a token that does not say whose rows it may see', () => {
    expect(unbound.map((stranger) => narrow(stranger, all))).toEqual([undefined, undefined, undefined]);
  });

  it('of somebody else is empty, not one’s own', () => {
    expect(narrow(staff, { ...all, location: ELSEWHERE })).toBeUndefined();
    expect(narrow(shopper, { ...all, customerId: 'c-2' })).toBeUndefined();
  });
});
