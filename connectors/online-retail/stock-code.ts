// What a stock code of the form stands for: goods with a SKU, or postage, fees and manual amounts that move no goods.

const notGoods = new Set([
  'POST',
  'DOT',
  'C2',
  'C3',
  'D',
  'M',
  'S',
  'B',
  'CRUK',
  'PADS',
  'BANK CHARGES',
  'AMAZONFEE',
  'ADJUST',
  'ADJUST2',
]);

/** Codes that are written in either case are one SKU, in upper case; null for what is no goods. */
export function skuOf(stockCode: string): string | null {
  const code = stockCode.trim().toUpperCase();
  // Vouchers, tests and whatever has no digit at all are entries of the bookkeeping too.
  if (notGoods.has(code) || /^(?:GIFT_|TEST)/.test(code) || !/\d/.test(code)) return null;
  return code;
}
