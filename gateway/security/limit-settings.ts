// Every limit of an operation and of a client: its form, its default and one line of meaning. LIMITS changes some of them, as JSON;
// docs/gateway.md lists the same.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Fault } from '#platform/errors/fault.ts';

const count = z.number().int().min(0);
const positive = z.number().int().min(1);

/** What a kind of client may do. Left out: as `*` says. */
const clientSchema = z.strictObject({
  cost: z.number().min(0).optional(),
  perSecond: z.number().positive().optional(),
  burst: z.number().positive().optional(),
  trustedOnly: z.boolean().optional(),
});
export type ClientLimits = z.output<typeof clientSchema>;

const objectRateSchema = z.strictObject({
  /** The mutation. */
  field: z.string().min(1),
  /** Paths into its arguments; together they name the object. */
  keys: z.array(z.string().min(1)).min(1),
  points: positive,
  seconds: z.number().positive(),
  /** The path of a list: each element is a point. */
  each: z.string().min(1).optional(),
});
export type ObjectRate = z.output<typeof objectRateSchema>;

interface Option {
  readonly schema: z.ZodType;
  readonly meaning: string;
}
const option = <T extends z.ZodType>(schema: T, meaning: string) => ({ schema, meaning });

export const limitOptions = {
  bodyBytes: option(positive.default(8 * 1024 * 1024), 'Bytes a request may have.'),
  headersMs: option(positive.default(10_000), 'Time a client may take to send the head of a request.'),
  requestMs: option(positive.default(30_000), 'Time it may take to send the whole request.'),
  levels: option(positive.default(20), 'Levels an operation may be deep.'),
  fields: option(positive.max(5_000).default(1_000), 'Fields it may select, counting each use of a fragment.'),
  turns: option(positive.default(2), 'Times one field of a type may stand on one way down.'),
  sameField: option(positive.default(20), 'Times one field may be asked for at one place, under different names.'),
  aliases: option(count.default(200), 'Aliases in all.'),
  rootMutations: option(positive.default(10), 'Mutations in one operation.'),
  directives: option(positive.default(4), 'Directives at one place.'),
  variableDepth: option(positive.default(16), 'Levels the variables may be deep.'),
  variableValues: option(positive.default(200_000), 'Values in all variables together.'),
  listLength: option(positive.default(10_000), 'Elements of one list in the variables.'),
  assumedListSize: option(positive.default(10), 'Elements of a list that has no `@listSize`.'),
  leafCost: option(z.number().min(0).default(0), 'Cost of a scalar or enum without `@cost`.'),
  clients: option(
    z.record(z.string().regex(/^(\*|anonymous|role:.+|client:.+)$/), clientSchema).default({}),
    'Cost and budget by kind of client.',
  ),
  objects: option(z.array(objectRateSchema).default([]), 'How often a mutation may touch one business object.'),
} as const satisfies Record<string, Option>;

const limitsSchema = z.strictObject(
  Object.fromEntries(Object.entries(limitOptions).map(([name, { schema }]) => [name, schema])) as {
    [Name in keyof typeof limitOptions]: (typeof limitOptions)[Name]['schema'];
  },
);
export type Limits = z.output<typeof limitsSchema>;
export type GivenLimits = z.input<typeof limitsSchema>;

/** `given` over the defaults. Throws CONFIGURATION_INVALID naming what is wrong. */
export function limitsOf(given: unknown): Limits {
  const parsed = limitsSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const names = Object.keys(limitOptions).join(', ');
  throw new Fault('CONFIGURATION_INVALID', `LIMITS: ${issue?.path.join('.')}: ${issue?.message}; there are ${names}`);
}

/** Of the setting LIMITS, a JSON object or the path of a file with one, over what the graph itself sets. */
export function readLimits(setting: string | undefined, ofGraph: GivenLimits = {}): Limits {
  if (setting === undefined) return limitsOf(ofGraph);
  let given: unknown;
  try {
    given = JSON.parse(setting.trimStart().startsWith('{') ? setting : readFileSync(setting, 'utf8'));
  } catch (cause) {
    const message = 'LIMITS must be a JSON object, or the path of a file with one';
    throw new Fault('CONFIGURATION_INVALID', `${message}: ${(cause as Error).message}`, { cause });
  }
  const { clients, ...rest } = limitsOf({ ...ofGraph, ...(given as GivenLimits) });
  // Kinds of clients one by one: who sets one keeps the others.
  return { ...rest, clients: { ...ofGraph.clients, ...clients } };
}
