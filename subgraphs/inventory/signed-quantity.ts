// A quantity that adds or takes away: `{value: "-2", uom: "EA"}` → thousandths. Refuses 0, which would change nothing.
import { z } from 'zod';
import { parseMilli, unitsOfMeasure } from '#platform/kernel/quantity.ts';

const LARGEST_MILLI = 1_000_000_000n;

export const signedQuantity = z
  .object({ value: z.string(), uom: z.enum(unitsOfMeasure).nullish() })
  .transform((input, context) => {
    const milli = parseMilli(input.value);
    const refuse = (message: string) => {
      context.addIssue({ code: 'custom', path: ['value'], message });
      return z.NEVER;
    };
    if (milli === null)
      return refuse(`${input.value} must be a decimal with at most three decimals, such as "-2" or "0.250"`);
    if (milli === 0n) return refuse('0 changes nothing; send what is to be added or, with a minus sign, taken away');
    if (milli > LARGEST_MILLI || milli < -LARGEST_MILLI) return refuse(`${input.value} must be within 1000000 of 0`);
    return { milli, uom: input.uom ?? ('EA' as const) };
  });
