// When the books balance, and what is said when they do not.
import { expect, test } from 'vitest';
import { checkDays, checkMoney, checkStock, type SkuStock } from './balance.ts';

test('money balances to the penny or not at all', () => {
  expect(checkMoney({ file: 100n, recorded: 120n, quarantined: -20n })).toEqual({
    ok: true,
    text: 'money: 1.20 GBP recorded + −0.20 GBP quarantined = 1.00 GBP, as the file says',
  });
  expect(checkMoney({ file: 101n, recorded: 120n, quarantined: -20n })).toEqual({
    ok: false,
    text: 'money: 1.20 GBP recorded + −0.20 GBP quarantined = 1.00 GBP, but the file says 1.01 GBP',
  });
});

const day = (ours: readonly [number, bigint], books: readonly [number, bigint]) => ({
  date: '2010-12-01',
  ours: { tickets: ours[0], money: ours[1] },
  books: { tickets: books[0], money: books[1] },
});

test.each([
  ['holds the same tickets and money', day([3, 500n], [3, 500n]), true],
  ['holds other money for the same tickets', day([3, 500n], [3, 501n]), false],
  ['holds fewer tickets', day([3, 500n], [2, 500n]), false],
  ['holds tickets of other files too', day([3, 500n], [4, 900n]), true],
])('a day that %s', (_what, books, ok) => {
  expect(checkDays([books]).ok).toBe(ok);
});

test('a wrong day is named with both sides', () => {
  expect(checkDays([day([3, 500n], [2, 400n])]).text).toBe(
    'days: 2010-12-01 has 2 tickets and 4.00 GBP in its books, but the answers said 3 tickets and 5.00 GBP',
  );
});

function stock(changes: Partial<SkuStock>): SkuStock {
  return { sku: 'MUG', opening: 100n, sold: 7n, returned: 2n, before: 100n, movedNow: -5n, closing: 95n, ...changes };
}

test.each([
  ['opening − sold + returned', {}, true],
  ['one unit less', { closing: 94n }, false],
  ['unknown', { closing: undefined }, false],
  ['what this run left of another start', { before: 40n, closing: 35n }, true],
  ['right for the whole file, whatever was there when this run began', { before: 97n, movedNow: 0n }, true],
  ['moved twice', { closing: 90n }, false],
])('a closing stock of %s', (_what, changes, ok) => {
  expect(checkStock([stock(changes)]).ok).toBe(ok);
});

test('SKUs that do not balance are named, the first five with their figures', () => {
  const wrong = Array.from({ length: 7 }, (_, index) => stock({ sku: `SKU ${index}`, closing: 1n }));
  const { text } = checkStock([stock({}), ...wrong]);
  expect(text).toContain('fails for 7 SKUs: SKU 0 100 − 7 + 2 ≠ 1; ');
  expect(text).toMatch(/; SKU 4 100 − 7 \+ 2 ≠ 1, and 2 more$/);
});

test('it says for how many SKUs other tickets count too', () => {
  expect(checkStock([stock({}), stock({ before: 40n, closing: 35n })]).text).toBe(
    'stock: closing = opening − sold + returned for 2 SKUs, for 1 of them counted from the start of this run: other tickets move them too',
  );
});
