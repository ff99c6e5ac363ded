// Parts of inputs that several commands take: names, languages, and times that may not lie ahead.
import { z } from 'zod';
import { InvalidInput } from '#platform/errors/fault.ts';

export const customerName = z
  .string()
  .trim()
  .min(1, { error: 'must not be empty; send null for no name' })
  .max(200, { error: 'must have at most 200 characters' });

/** A BCP 47 tag, brought into its canonical form: `en-gb` → `en-GB`. */
export const language = z
  .string()
  .max(35, { error: 'must have at most 35 characters' })
  .transform((tag, context) => {
    const canonical = canonicalTag(tag);
    if (canonical !== undefined) return canonical;
    context.addIssue({ code: 'custom', message: 'must be a BCP 47 language tag such as en-GB' });
    return z.NEVER;
  });

export const customerId = z.string().min(1, { error: 'must not be empty' }).max(64);

function canonicalTag(tag: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch {
    return undefined;
  }
}

/** What clocks of tills and browsers may run ahead of ours. */
const CLOCK_SKEW_MS = 5 * 60_000;

/** BAD_USER_INPUT for a time ahead of ours: nobody can have said or done something tomorrow. */
export function requirePast(path: string, time: Date, now: Date): void {
  if (time.getTime() <= now.getTime() + CLOCK_SKEW_MS) return;
  throw new InvalidInput([{ path, message: `must not lie in the future; it is ${now.toISOString()} here` }]);
}
