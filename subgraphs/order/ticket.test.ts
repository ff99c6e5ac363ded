// Specification of what cannot be understood: each refusal names the field and says what would be right.
import { describe, expect, it } from 'vitest';
import { InvalidInput } from '#platform/errors/fault.ts';
import { comeback, sale } from '../../test/kit/order-facts.ts';
import { line } from '../../test/kit/tickets.ts';

function issuesOf(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof InvalidInput) return error.issues.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}
const refused = (changes: Record<string, unknown>) => issuesOf(() => sale(changes));
const refusedLine = (changes: Record<string, unknown>) =>
  refused({ lines: [{ ...line(1, 'MUG-BLUE', 2, '4.50', '9.00'), ...changes }] });

describe('a ticket that can be understood', () => {
  it('becomes exact amounts, an upper-case SKU and a GTIN of 14 digits', () => {
    const read = sale({ lines: [{ ...line(1, ' mug-blue ', 2, '4.5', '9'), gtin: '4006381333931', taxRate: '0.20' }] });
    expect(read.lines).toEqual([
      {
        lineNo: 1,
        sku: 'MUG-BLUE',
        gtin: '04006381333931',
        description: null,
        quantity: { milli: 2_000n, uom: 'EA' },
        unitPrice: 450n,
        taxRate: 200_000n,
        lineTotal: 900n,
        discount: 0n,
      },
    ]);
    expect(read).toMatchObject({ grandTotal: 2_100n, customer: null, offline: false, training: false });
  });

  it('has the decimals of its currency: none for yen, three for dinars', () => {
    const in_ = (currency: string, price: string) => ({
      currency,
      lines: [line(1, 'MUG-BLUE', 1, price, price)],
      tenders: [{ type: 'CASH', amount: price }],
      grandTotal: price,
    });
    expect(sale(in_('JPY', '450')).grandTotal).toBe(450n);
    expect(sale(in_('KWD', '4.505')).grandTotal).toBe(4_505n);
    expect(refused(in_('JPY', '450.5'))[0]).toContain('lines.0.unitPrice: 450.5 is no amount of JPY');
  });

  it('may have lines of nothing, and a tender below 0 for change', () => {
    expect(sale({ lines: [line(1, undefined, 1, '0', '0')] }).lines[0]).toMatchObject({ sku: null, lineTotal: 0n });
    expect(sale({ tenders: [{ type: 'CASH', amount: '-1.00' }] }).tenders[0]?.amount).toBe(-100n);
  });

  it('of goods coming back is put back on sale unless it says otherwise, and names its sale or none', () => {
    expect(comeback().original).toBeNull();
    expect(comeback().lines[0]).toMatchObject({ disposition: 'RESTOCK', originalLineNo: null, reasonCode: null });
  });
});

describe('a ticket that cannot be understood is refused', () => {
  it.each([
    ['quantity of 0', { quantity: { value: '0' } }, 'lines.0.quantity.value: 0 must be above 0'],
    ['negative quantity', { quantity: { value: '-1' } }, 'lines.0.quantity.value: -1 must be above 0'],
    ['huge quantity', { quantity: { value: '1000001' } }, 'lines.0.quantity.value: 1000001 must be at most 1000000'],
    [
      'quantity of four decimals',
      { quantity: { value: '0.0001' } },
      'lines.0.quantity.value: 0.0001 must be a decimal',
    ],
    ['amount that is a float', { unitPrice: 4.5 }, 'lines.0.unitPrice: '],
    ['amount of three decimals', { lineTotal: '9.001' }, 'lines.0.lineTotal: 9.001 is no amount of GBP'],
    ['amount in words', { unitPrice: '1e3' }, 'lines.0.unitPrice: 1e3 is no amount of GBP'],
    ['price below 0', { unitPrice: '-4.50' }, 'lines.0.unitPrice: -4.50 must not be negative'],
    ['discount below 0', { discount: '-0.01' }, 'lines.0.discount: -0.01 must not be negative'],
    ['amount beyond any ticket', { lineTotal: '10000000000.01' }, 'lines.0.lineTotal: 10000000000.01 is larger'],
    ['tax rate in percent', { taxRate: '20' }, 'lines.0.taxRate: 20 must be a fraction from 0 to 1'],
    ['tax rate below 0', { taxRate: '-0.2' }, 'lines.0.taxRate: -0.2 must be a fraction'],
    [
      'wrong check digit of a GTIN',
      { gtin: '4006381333932' },
      'lines.0.gtin: GTIN 4006381333932 has the check digit 2 where 1',
    ],
    ['GTIN of ten digits', { gtin: '1234567890' }, 'lines.0.gtin: GTIN 1234567890 must have 8, 12, 13, 14 digits'],
    ['empty SKU', { sku: ' ' }, 'lines.0.sku: must not be empty'],
    ['line number 0', { lineNo: 0 }, 'lines.0.lineNo: must be 1 or more'],
    ['unknown unit', { quantity: { value: '1', uom: 'DOZEN' } }, 'lines.0.quantity.uom: '],
  ])('%s', (_, changes, issue) => {
    expect(refusedLine(changes)).toEqual([expect.stringContaining(issue)]);
  });

  const many = (count: number) => Array.from({ length: count }, (_, n) => line(n + 1, 'MUG-BLUE', 1, '1.00', '1.00'));

  it.each([
    ['no line', { lines: [] }, 'lines: must have at least one line'],
    ['10,000 lines', { lines: many(10_000) }, 'lines: must have at most 1000 lines'],
    ['two lines of one number', { lines: [...many(2), ...many(1)] }, 'lines.2.lineNo: 1 is used twice'],
    [
      'wrong check digit of a GLN',
      { location: '5060000000017' },
      'location: GLN 5060000000017 has the check digit 7 where 6',
    ],
    ['no UUID', { transactionId: '42' }, 'transactionId: must be a UUID'],
    ['sequence below 0', { sequence: -1 }, 'sequence: must be 0 or more'],
    ['no workstation', { workstation: '' }, 'workstation: must not be empty'],
    ['unknown currency', { currency: 'XYZ' }, 'currency: must be an ISO 4217 code'],
    ['customer without a name', { customer: {} }, 'customer: must have an id or an identity'],
    [
      'customer that is no e-mail',
      { customer: { identity: { type: 'EMAIL', value: 'x' } } },
      'customer.identity.value: must be an e-mail',
    ],
    [
      '51 tenders',
      { tenders: Array.from({ length: 51 }, () => ({ type: 'CASH', amount: '1' })) },
      'tenders: must have at most 50',
    ],
    ['unknown tender', { tenders: [{ type: 'SHELLS', amount: '1' }] }, 'tenders.0.type: '],
    [
      'tender of three decimals',
      { tenders: [{ type: 'CASH', amount: '1.001' }] },
      'tenders.0.amount: 1.001 is no amount',
    ],
    ['total of three decimals', { grandTotal: '21.001' }, 'grandTotal: 21.001 is no amount of GBP'],
  ])('%s', (_, changes, issue) => {
    expect(refused(changes)).toEqual([expect.stringContaining(issue)]);
  });

  it('with every field named at once', () => {
    const lines = [{ ...line(1, ' ', 1, '1', '1'), quantity: { value: '-1' } }];
    expect(refused({ lines, location: '1', sequence: -1 })).toHaveLength(4);
  });

  it('when money is said to come back and is below 0', () => {
    const lines = [line(1, 'MUG-BLUE', 1, '4.50', '-4.50')];
    const tenders = [{ type: 'CASH', amount: '-4.50' }];
    expect(issuesOf(() => comeback({ lines, tenders, grandTotal: '-4.50' }))).toEqual([
      'lines.0.lineTotal: -4.50 must not be negative',
      'tenders.0.amount: -4.50 must not be negative',
      'grandTotal: -4.50 must not be negative',
    ]);
  });
});
