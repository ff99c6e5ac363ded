// How long a reservation may last before somebody asks again: a cart that was left must not keep stock from others.
import { z } from 'zod';

const LONGEST_SECONDS = 86_400;
const message = `must be from 1 to ${LONGEST_SECONDS} seconds`;

export const ttlSeconds = z
  .number()
  .int({ error: message })
  .min(1, { error: message })
  .max(LONGEST_SECONDS, { error: message })
  .nullish()
  .transform((seconds) => seconds ?? 900);
