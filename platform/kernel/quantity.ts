// Quantity: thousandths of a unit of measure (UN/ECE Rec 20), as numeric(18,3) keeps them. Refuses what does not fit.
import { formatDecimal, parseDecimal } from './decimal.ts';

export interface Quantity {
  readonly milli: bigint;
  readonly uom: string;
}

export const unitsOfMeasure = ['EA', 'KGM', 'LTR', 'MTR'] as const;

const LIMIT = 10n ** 18n;

/** `"1.5"` → `1500n`; null when the text is no decimal, has more than three decimals, or more than 15 digits before the point. */
export function parseMilli(text: string): bigint | null {
  const milli = parseDecimal(text, 3);
  return milli === null || milli >= LIMIT || milli <= -LIMIT ? null : milli;
}

/** `1500n` → `"1.5"`, `3000n` → `"3"`. */
export function formatMilli(milli: bigint): string {
  return formatDecimal(milli, 3, true);
}

export function quantity(milli: bigint, uom = 'EA'): Quantity {
  return { milli, uom };
}
