// Parts of command inputs that several subgraphs take in the same form. Each parses what GraphQL let through.
import { z } from 'zod';
import { currencyExponent } from '#platform/kernel/money.ts';
import { parseMilli, unitsOfMeasure } from '#platform/kernel/quantity.ts';
import { isStorable } from '#platform/kernel/text.ts';

export const currencyCode = z
  .string()
  .refine((code) => currencyExponent(code) !== null, { error: 'must be an ISO 4217 code such as GBP' });

/** More than any ticket or delivery line holds; larger numbers are typing errors. */
const LARGEST_MILLI = 1_000_000_000n;

/** `{value: "2", uom: "EA"}` → thousandths of the unit; zero and negative are refused. */
export const positiveQuantity = z
  .object({ value: z.string(), uom: z.enum(unitsOfMeasure).nullish() })
  .transform((input, context) => {
    const milli = parseMilli(input.value);
    const refuse = (message: string) => {
      context.addIssue({ code: 'custom', path: ['value'], message });
      return z.NEVER;
    };
    if (milli === null)
      return refuse(`${input.value} must be a decimal with at most three decimals, such as "2" or "0.250"`);
    if (milli <= 0n)
      return refuse(`${input.value} must be above 0; goods coming back are a return, not a negative sale`);
    if (milli > LARGEST_MILLI) return refuse(`${input.value} must be at most 1000000`);
    return { milli, uom: input.uom ?? ('EA' as const) };
  });

const text = (most: number) =>
  z
    .string()
    .max(most, { error: `must have at most ${most} characters` })
    .refine(isStorable, { error: 'must not contain the character U+0000' });

export const shortText = text(128).min(1, { error: 'must not be empty' });
export const longText = text(2_000);

export const idempotencyKey = shortText;
