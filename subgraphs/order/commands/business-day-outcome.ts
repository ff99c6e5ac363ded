// What opening and closing a day share: which day, and what is kept of the outcome under the idempotency key.
import { z } from 'zod';
import { gln } from '#contracts/identifiers.ts';
import { idempotencyKey } from '#contracts/inputs.ts';
import type { Reader } from '#platform/db/database.ts';
import type { StoredOutcome } from '#platform/db/idempotency.ts';
import type { BusinessDay } from '../business-day.ts';
import { findBusinessDay } from '../repository/business-days.ts';

export const dayInput = { idempotencyKey, location: gln, date: z.string() };

/** A refusal is kept whole; of a success only that it was one: the day is read again. */
export function keepDay(outcome: { readonly __typename: string }): StoredOutcome {
  return 'businessDay' in outcome ? { type: outcome.__typename } : { type: outcome.__typename, rejection: outcome };
}

/** The day as it is now. */
export async function restoreDay(reader: Reader, key: { location: string; date: string }): Promise<BusinessDay> {
  const day = await findBusinessDay(reader, key.location, key.date);
  if (!day) throw new TypeError(`business day ${key.date} of ${key.location} of a stored outcome is missing`);
  return day;
}
