// Exact decimals, money and quantities: what goes in comes out, and whatever a float would lose is refused.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { divideRounded, formatDecimal, isDecimal, parseDecimal } from './decimal.ts';
import { addMoney, currencyExponent, formatMinor, money, parseMinor, sumMinor } from './money.ts';
import { formatMilli, parseMilli } from './quantity.ts';

const scaled = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n });
const scale = fc.integer({ min: 0, max: 6 });
const currency = fc.constantFrom('GBP', 'JPY', 'KWD');

describe('a decimal', () => {
  it('comes back as it was written, whatever the scale, trimmed or not', () => {
    fc.assert(
      fc.property(scaled, scale, fc.boolean(), (value, places, trim) => {
        const text = formatDecimal(value, places, trim);
        expect(isDecimal(text)).toBe(true);
        expect(parseDecimal(text, places)).toBe(value);
      }),
    );
  });

  it('with more digits than the scale is refused, except for zeros', () => {
    expect(parseDecimal('1.005', 2)).toBeNull();
    expect(parseDecimal('1.500', 1)).toBe(15n);
    expect(parseDecimal('-0.10', 1)).toBe(-1n);
  });

  it.each(['', '.5', '5.', '+1', '1e3', '1,5', ' 1', '0x1', 'NaN', 'Infinity', '１', '1.2.3', '1'.repeat(25)])(
    'is not %j',
    (text) => {
      expect(parseDecimal(text, 2)).toBeNull();
    },
  );

  it('divides rounding half away from zero, never off by more than a half', () => {
    expect([divideRounded(5n, 2n), divideRounded(-5n, 2n), divideRounded(5n, -2n), divideRounded(4n, 3n)]).toEqual([
      3n,
      -3n,
      -3n,
      1n,
    ]);
    fc.assert(
      fc.property(
        scaled,
        scaled.filter((n) => n !== 0n),
        (n, d) => {
          const off = 2n * (divideRounded(n, d) * d - n);
          expect(off <= (d < 0n ? -d : d) && -off <= (d < 0n ? -d : d)).toBe(true);
        },
      ),
    );
  });
});

describe('money', () => {
  it('has the decimals of its currency', () => {
    expect([parseMinor('12.50', 'GBP'), parseMinor('12', 'JPY'), parseMinor('1.234', 'KWD')]).toEqual([
      1250n,
      12n,
      1234n,
    ]);
    expect([parseMinor('12.505', 'GBP'), parseMinor('12.5', 'JPY')]).toEqual([null, null]);
    fc.assert(fc.property(scaled, currency, (minor, code) => parseMinor(formatMinor(minor, code), code) === minor));
  });

  it('of a currency ISO 4217 does not know, also one called like a property of objects, is refused', () => {
    for (const code of ['GPB', 'gbp', '', 'constructor', '__proto__']) {
      expect(currencyExponent(code)).toBeNull();
      expect(() => parseMinor('1', code)).toThrow('ISO 4217');
    }
  });

  it('adds up in any order, and never across currencies', () => {
    fc.assert(
      fc.property(fc.array(scaled), (amounts) => {
        const added = amounts.reduce((sum, minor) => addMoney(sum, money(minor, 'EUR')), money(0n, 'EUR'));
        expect(added.minor).toBe(sumMinor(amounts.toReversed()));
      }),
    );
    expect(() => addMoney(money(1n, 'GBP'), money(1n, 'EUR'))).toThrow('cannot add');
  });
});

describe('a quantity', () => {
  it('keeps three decimals and fifteen digits before the point', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 18n) + 1n, max: 10n ** 18n - 1n }),
        (milli) => parseMilli(formatMilli(milli)) === milli,
      ),
    );
    expect(parseMilli('999999999999999.999')).toBe(10n ** 18n - 1n);
    expect([parseMilli('1000000000000000'), parseMilli('0.0001'), parseMilli('1.5kg')]).toEqual([null, null, null]);
  });
});
