// Which price counts: scope before type before age, half-open times, and what counted in the past.
import { describe, expect, it } from 'vitest';
import { choosePrice, type Price, type PriceQuestion } from './price.ts';

const time = (text: string) => new Date(`${text}Z`);
const NOW = time('2026-06-15T12:00:00');

let made = 0;
function price(amount: number, terms: Partial<Price> = {}): Price {
  made += 1;
  return {
    id: `P${made}`,
    sku: 'MUG',
    amount: BigInt(amount),
    currency: 'GBP',
    type: 'LIST',
    channel: null,
    location: null,
    customerGroup: null,
    taxIncluded: true,
    validFrom: new Date(0),
    validTo: null,
    recordedAt: time('2026-01-01T00:00:00'),
    supersededAt: null,
    ...terms,
  };
}

const nobody = { channel: null, location: null, customerGroup: null };
const chosen = (prices: Price[], asked: Partial<PriceQuestion> = {}) =>
  choosePrice(prices, { ...nobody, at: NOW, ...asked });
const amount = (prices: Price[], asked: Partial<PriceQuestion> = {}) => chosen(prices, asked)?.amount;

describe('who it is for', () => {
  const [web, shop, staff, list] = [
    price(1, { channel: 'WEB' }),
    price(2, { location: '9520001000010' }),
    price(3, { customerGroup: 'STAFF' }),
    price(4),
  ];
  const all = [list, web, shop, staff];

  it('a price without scopes is for everybody, one with a scope only for those in it', () => {
    expect(amount(all)).toBe(4n);
    expect(amount(all, { channel: 'WEB' })).toBe(1n);
    expect(amount(all, { channel: 'APP' })).toBe(4n);
    expect(amount([web])).toBeUndefined();
  });

  it('a group says more than a location, a location more than a channel', () => {
    expect(amount(all, { channel: 'WEB', location: '9520001000010' })).toBe(2n);
    expect(amount(all, { channel: 'WEB', location: '9520001000010', customerGroup: 'STAFF' })).toBe(3n);
  });

  it('a price with two scopes needs both', () => {
    const both = price(5, { channel: 'WEB', customerGroup: 'STAFF' });
    expect(amount([both, list], { channel: 'WEB' })).toBe(4n);
    expect(amount([both, list], { channel: 'WEB', customerGroup: 'STAFF' })).toBe(5n);
  });
});

describe('which kind', () => {
  it('PROMO is stronger than SALE, SALE than LIST, whatever they cost', () => {
    const [list, sale, promo] = [price(1), price(2, { type: 'SALE' }), price(3, { type: 'PROMO' })];
    expect(amount([list, sale])).toBe(2n);
    expect(amount([promo, list, sale])).toBe(3n);
  });

  it('the lowest price of the last 30 days is never sold at', () => {
    expect(chosen([price(1, { type: 'PRIOR_30D_LOWEST' })])).toBeNull();
  });

  it('of two alike the one that began later counts, then the one told later', () => {
    const [old, young] = [price(1), price(2, { validFrom: time('2026-05-01T00:00:00') })];
    expect(amount([young, old])).toBe(2n);
    expect(amount([price(3), price(4, { recordedAt: time('2026-02-01T00:00:00') })])).toBe(4n);
  });
});

describe('when', () => {
  const sale = price(1, { type: 'SALE', validFrom: time('2026-06-01T00:00:00'), validTo: time('2026-07-01T00:00:00') });

  it('counts from its first moment until just before its last', () => {
    const at = (text: string) => amount([sale, price(2)], { at: time(text) });
    expect(at('2026-05-31T23:59:59.999')).toBe(2n);
    expect(at('2026-06-01T00:00:00')).toBe(1n);
    expect(at('2026-06-30T23:59:59.999')).toBe(1n);
    expect(at('2026-07-01T00:00:00')).toBe(2n);
  });

  it('an undated price that took another one’s place counts from when it was told; before, the other one did', () => {
    const change = time('2026-06-10T08:00:00');
    const [before, after] = [price(895, { supersededAt: change }), price(995, { recordedAt: change })];
    expect(amount([before, after], { at: time('2026-06-10T07:59:59') })).toBe(895n);
    expect(amount([before, after], { at: change })).toBe(995n);
  });

  it('an undated first price always counted, although it was told late', () => {
    expect(amount([price(895)], { at: time('2025-01-01T00:00:00') })).toBe(895n);
  });

  it('one in another scope took no place', () => {
    const change = time('2026-06-10T08:00:00');
    const web = price(1, { channel: 'WEB', supersededAt: change });
    expect(amount([web, price(2, { recordedAt: change })], { at: time('2026-01-01T00:00:00') })).toBe(2n);
  });
});

describe('why', () => {
  it('says whom it is for and what it beat', () => {
    expect(chosen([price(1, { channel: 'WEB', type: 'SALE' }), price(2)], { channel: 'WEB' })?.why).toEqual([
      'SALE price for channel WEB',
      'more specific than the LIST price beside it',
      '2 prices applied',
    ]);
    expect(chosen([price(1, { type: 'PROMO' }), price(2)])?.why[1]).toBe('stronger than the LIST price beside it');
    expect(chosen([price(1, { validFrom: NOW }), price(2)])?.why[1]).toBe('newer than the LIST price beside it');
    expect(chosen([price(1)])?.why).toEqual(['LIST price for everybody', 'the only price that applies']);
  });
});
