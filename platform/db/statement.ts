// A named SQL statement and the parser of its rows. The name is the prepared statement's and stands in the text, so that
// pg_stat_activity and the log say whose statement it is.
import type { z } from 'zod';

export type RawRow = Record<string, unknown>;

export interface Statement<Row> {
  readonly name: string;
  readonly text: string;
  readonly row: (raw: RawRow) => Row;
}

/** A statement whose rows are parsed by a zod schema or by a function. */
export function statement<Row>(
  name: string,
  text: string,
  row: z.ZodType<Row> | ((raw: RawRow) => Row),
): Statement<Row> {
  return { name, text: `/* ${name} */ ${text.trim()}`, row: typeof row === 'function' ? row : (raw) => row.parse(raw) };
}

/** A statement that answers no rows. */
export function command(name: string, text: string): Statement<never> {
  return statement(name, text, () => {
    throw new TypeError(`${name} answers no rows`);
  });
}
