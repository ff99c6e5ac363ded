// What a person reads at the end; and that README.md explains every reason that can stand there.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { reasons } from './mapping.ts';
import { isBalancedReport, type Report, renderReport } from './report.ts';

const report: Report = {
  path: 'sample.csv',
  location: '9506000999005',
  rows: 1_234,
  invoices: 40,
  brought: { products: 24, opened: 24, customers: 8 },
  sales: { tickets: 33, units: 1_963n, money: 1_555_041n },
  returns: { tickets: 6, units: 11n, money: 7_850n },
  withSale: 2,
  otherLines: 6,
  duplicates: 3,
  quarantined: {
    path: 'sample.quarantine.csv',
    total: { rows: 3, money: -1_710n },
    byReason: new Map([
      ['NEGATIVE_SALE_LINE', { rows: 2, money: -1_710n }],
      ['PRICE', { rows: 1, money: 0n }],
    ]),
    unreadable: 1,
  },
  held: new Map([['OVER_RETURN', 2]]),
  recordingMs: 2_000,
  checks: [
    { ok: true, text: 'money: fine' },
    { ok: false, text: 'stock: not fine' },
  ],
};

test('it has every figure in words', () => {
  expect(renderReport(report).split('\n')).toEqual([
    'sample.csv: 1,234 rows, 40 invoices, at location 9506000999005',
    '  new            24 products, 24 opening stocks, 8 customers',
    '  sales          33, 1,963 units, 15,550.41 GBP',
    '  returns        6, 11 units, −78.50 GBP, 2 with their sale',
    '  other lines    6 of postage, fees and manual amounts: no goods',
    '  duplicates     3 invoices skipped: recorded before',
    '  held           OVER_RETURN 2',
    '  quarantined    3 rows, −17.10 GBP and 1 whose money cannot be read, in sample.quarantine.csv',
    '    NEGATIVE_SALE_LINE 2 (−17.10 GBP): less than nothing sold: a stock correction, no sale',
    '    PRICE 1 (0.00 GBP): no amount of whole pence from 0 to 1,000,000.00',
    '  speed          20 invoices/s, 2.0 s',
    '  ok      money: fine',
    '  FAILED  stock: not fine',
    '',
  ]);
});

test('one failed check is enough not to balance', () => {
  expect(isBalancedReport(report)).toBe(false);
  expect(isBalancedReport({ ...report, checks: report.checks.slice(0, 1) })).toBe(true);
});

test('README.md explains every reason of the quarantine, and no other', () => {
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');
  const explained = [...readme.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1]);
  expect(explained).toEqual(Object.keys(reasons));
});
