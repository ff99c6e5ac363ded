// Which codes of the form are goods.
import { expect, test } from 'vitest';
import { skuOf } from './stock-code.ts';

test.each([
  ['85123A', '85123A'],
  ['85123a', '85123A'],
  [' 22423 ', '22423'],
  ['DCGS0003', 'DCGS0003'],
])('%s is the SKU %s', (code, sku) => {
  expect(skuOf(code)).toBe(sku);
});

test.each([
  'POST',
  'post',
  'D',
  'M',
  'm',
  'DOT',
  'C2',
  'BANK CHARGES',
  'AMAZONFEE',
  'ADJUST2',
  'gift_0001_20',
  'TEST001',
  '?',
])('%s moves no goods', (code) => {
  expect(skuOf(code)).toBeNull();
});
