// Specification of sales: what a till says is what the order is; what is wrong with it stands beside it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { knowing, orderOf, sale } from '../../test/kit/order-facts.ts';
import { line } from '../../test/kit/tickets.ts';
import { creditedOrder, decideSale, orderNumber, splitTax, TAX_WHOLE, totalsOf } from './order.ts';

const found = (changes: Record<string, unknown>, known = knowing()) =>
  decideSale(sale(changes), known, 'o').exceptions.map(({ code, lineNo, subject }) => [code, lineNo, subject]);

describe('a sale ticket that adds up', () => {
  it('makes a fulfilled order with the amounts printed, and no exception', () => {
    const { order, exceptions } = decideSale(sale(), knowing(), 'order-1');
    expect(exceptions).toEqual([]);
    expect(order).toMatchObject({ id: 'order-1', status: 'FULFILLED', grandTotal: 2_100n, refunded: 0n, version: 1 });
    expect(order.lines.map(({ sku, gross }) => [sku, gross])).toEqual([
      ['MUG-BLUE', 900n],
      ['CANDLE', 1_200n],
    ]);
  });

  it('may sell by weight: the line total is rounded half away from zero', () => {
    const apples = { ...line(1, 'CANDLE', 1, '2.99', '0.75'), quantity: { value: '0.250', uom: 'KGM' } };
    expect(found({ lines: [apples], tenders: [{ type: 'CASH', amount: '0.75' }], grandTotal: '0.75' })).toEqual([]);
  });

  it('may give change: tenders add up with what went back', () => {
    const tenders = [
      { type: 'CASH', amount: '30.00' },
      { type: 'CASH', amount: '-9.00' },
    ];
    expect(found({ tenders })).toEqual([]);
  });

  it('may have lines without goods: postage needs no catalogue', () => {
    const lines = [line(1, undefined, 1, '3.00', '3.00')];
    expect(found({ lines, tenders: [{ type: 'CARD', amount: '3.00' }], grandTotal: '3.00' })).toEqual([]);
  });

  it('takes the SKU from the catalogue when only the GTIN was scanned', () => {
    const scanned = { ...line(1, undefined, 2, '10.50', '21.00'), gtin: '05012345678900' };
    const known = knowing({ gtins: new Map([['05012345678900', 'TEAPOT']]) });
    const { order, exceptions } = decideSale(sale({ lines: [scanned] }), known, 'o');
    expect([order.lines[0]?.sku, exceptions]).toEqual(['TEAPOT', []]);
  });

  it('has a number that names its place in the till’s day', () => {
    expect(orderNumber(sale({ workstation: 'till-7', sequence: 42 }))).toBe('5060000000016-till-7-20261124-42');
  });
});

describe('a sale ticket with something wrong is an order all the same, with an exception', () => {
  it('UNKNOWN_SKU, waiting for the SKU', () => {
    expect(found({}, knowing({ skus: new Set(['CANDLE']) }))).toEqual([['UNKNOWN_SKU', 1, 'MUG-BLUE']]);
  });

  it('UNKNOWN_GTIN, waiting for the GTIN; the line has no SKU until then', () => {
    const scanned = { ...line(1, undefined, 2, '10.50', '21.00'), gtin: '5012345678900' };
    const { order, exceptions } = decideSale(sale({ lines: [scanned] }), knowing(), 'o');
    expect(order.lines[0]?.sku).toBeNull();
    expect(exceptions).toMatchObject([{ code: 'UNKNOWN_GTIN', lineNo: 1, subject: '05012345678900' }]);
  });

  it('UNKNOWN_CUSTOMER, waiting for the id, or for the identity where no id was given', () => {
    const identity = { type: 'LOYALTY_CARD', value: '7001' };
    const unknown = knowing({ customerIdentityHash: 'hash-of-card' });
    expect(found({ customer: { identity } }, unknown)).toEqual([['UNKNOWN_CUSTOMER', null, 'hash-of-card']]);
    expect(found({ customer: { id: 'c-9', identity } }, unknown)).toEqual([['UNKNOWN_CUSTOMER', null, 'c-9']]);
  });

  it('LINE_TOTAL_MISMATCH, saying what was expected', () => {
    const lines = [
      { ...line(1, 'MUG-BLUE', 2, '4.50', '8.50'), discount: '0.40' },
      line(2, 'CANDLE', 1, '12.00', '12.00'),
    ];
    const tenders = [{ type: 'CARD', amount: '20.50' }];
    const { exceptions } = decideSale(sale({ lines, tenders, grandTotal: '20.50' }), knowing(), 'o');
    expect(exceptions).toMatchObject([
      { code: 'LINE_TOTAL_MISMATCH', lineNo: 1, detail: '2 × 4.50 − 0.40 is 8.60, printed is 8.50', subject: null },
    ]);
  });

  it('GRAND_TOTAL_MISMATCH and TENDERS_MISMATCH', () => {
    expect(found({ grandTotal: '20.99' })).toEqual([
      ['GRAND_TOTAL_MISMATCH', null, null],
      ['TENDERS_MISMATCH', null, null],
    ]);
    expect(found({ tenders: [] })).toEqual([['TENDERS_MISMATCH', null, null]]);
  });

  it('DAY_CLOSED', () => {
    expect(found({}, knowing({ dayClosed: true }))).toEqual([['DAY_CLOSED', null, null]]);
  });
});

describe('money', () => {
  const amount = fc.bigInt({ min: -1_000_000_000n, max: 1_000_000_000n });
  const rate = fc.bigInt({ min: 0n, max: TAX_WHOLE });

  it('net and tax make the gross, and tax is the rate of net to half a minor unit', () => {
    fc.assert(
      fc.property(amount, rate, (gross, taxRate) => {
        const { net, tax } = splitTax(gross, taxRate);
        expect(net + tax).toBe(gross);
        const off = 2n * (tax * (TAX_WHOLE + taxRate) - gross * taxRate);
        expect(off <= TAX_WHOLE + taxRate && -off <= TAX_WHOLE + taxRate).toBe(true);
      }),
    );
  });

  it('splits what goes back as it split what came in', () => {
    fc.assert(
      fc.property(amount, rate, (gross, taxRate) => {
        const [into, back] = [splitTax(gross, taxRate), splitTax(-gross, taxRate)];
        expect([back.net, back.tax]).toEqual([-into.net, -into.tax]);
      }),
    );
  });

  it('of an order adds up whatever the lines: net + tax is the sum of the lines, due is what is not paid', () => {
    const price = fc.integer({ min: 0, max: 99_999 });
    const taxRate = fc.constantFrom('0', '0.05', '0.2', '0.077');
    fc.assert(
      fc.property(fc.array(fc.tuple(price, taxRate), { minLength: 1, maxLength: 20 }), price, (priced, paid) => {
        const lines = priced.map(([pence, tax], index) => {
          const text = (pence / 100).toFixed(2);
          return { ...line(index + 1, 'MUG-BLUE', 1, text, text), taxRate: tax };
        });
        const sum = priced.reduce((total, [pence]) => total + pence, 0);
        const tenders = [{ type: 'CASH', amount: (paid / 100).toFixed(2) }];
        const totals = totalsOf(orderOf({ lines, tenders, grandTotal: (sum / 100).toFixed(2) }));
        expect(totals.net + totals.tax).toBe(BigInt(sum));
        expect(totals).toMatchObject({ grandTotal: BigInt(sum), paid: BigInt(paid), due: BigInt(sum - paid) });
      }),
    );
  });
});

describe('an order whose goods and money went back', () => {
  it('counts both, and grows by one version', () => {
    const after = creditedOrder(orderOf(), [{ lineNo: 1, returned: 1_000n, pending: -2_000n }], 450n);
    expect(after).toMatchObject({ refunded: 450n, version: 2 });
    expect(after.lines.map(({ returned, returnPending }) => [returned, returnPending])).toEqual([
      [1_000n, -2_000n],
      [0n, 0n],
    ]);
  });
});
