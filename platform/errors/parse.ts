// The first step of every command: an unknown value becomes a typed one, or an InvalidInput naming every field.
import type { z } from 'zod';
import { InvalidInput } from './fault.ts';

const MOST_ISSUES = 20;

export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new InvalidInput(
    result.error.issues.slice(0, MOST_ISSUES).map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
  );
}
