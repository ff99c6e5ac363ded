// The identifiers retail shares: GTIN and GLN (GS1, with check digit) and SKU. Refuses a wrong check digit and says the right one.
import { z } from 'zod';
import { isStorable } from '#platform/kernel/text.ts';

/** The GS1 check digit of the digits before it: weights 3, 1, 3 … from the right. */
export function gs1CheckDigit(digits: string): number {
  let sum = 0;
  for (let fromRight = 0; fromRight < digits.length; fromRight += 1) {
    const digit = Number(digits[digits.length - 1 - fromRight]);
    sum += fromRight % 2 === 0 ? digit * 3 : digit;
  }
  return (10 - (sum % 10)) % 10;
}

/** What is wrong with a GS1 number; null when nothing is. */
export function gs1Problem(text: string, lengths: readonly number[]): string | null {
  if (!/^\d+$/.test(text) || !lengths.includes(text.length)) return `must have ${lengths.join(', ')} digits`;
  const expected = gs1CheckDigit(text.slice(0, -1));
  return text.endsWith(String(expected)) ? null : `has the check digit ${text.at(-1)} where ${expected} belongs`;
}

const gs1 = (name: string, lengths: readonly number[]) =>
  z.string().superRefine((text, context) => {
    const problem = gs1Problem(text, lengths);
    if (problem) context.addIssue({ code: 'custom', message: `${name} ${text} ${problem}` });
  });

export const GTIN_LENGTHS = [8, 12, 13, 14] as const;
export const GLN_LENGTHS = [13] as const;

/** 8, 12, 13 or 14 digits; kept as 14. */
export const gtin = gs1('GTIN', GTIN_LENGTHS).transform((text) => text.padStart(14, '0'));

/** Global location number, 13 digits. */
export const gln = gs1('GLN', GLN_LENGTHS);

/** Stock keeping unit: matched without regard to case, kept in upper case. */
export const sku = z
  .string()
  .trim()
  .min(1, { error: 'must not be empty' })
  .max(64, { error: 'must have at most 64 characters' })
  .refine(isStorable, { error: 'must not contain the character U+0000' })
  .transform((text) => text.toUpperCase());

/** Key of a stock position in events: `<sku>@<gln>`. */
export function positionKey(skuText: string, location: string): string {
  return `${skuText}@${location}`;
}
