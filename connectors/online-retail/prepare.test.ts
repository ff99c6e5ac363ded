// What a SKU's books begin with.
import { expect, test } from 'vitest';
import { openingUnits } from './prepare.ts';

test.each([
  [0n, 200n],
  [99n, 200n],
  [100n, 300n],
  [3_409n, 3_600n],
  [2_000_000n, 1_000_000n],
])(
  'where the file sells %s, opening stock is %s: more, in hundreds, and no more than a line may have',
  (sold, units) => {
    expect(openingUnits(sold)).toBe(units);
  },
);
