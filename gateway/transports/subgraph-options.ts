// How the gateway asks each subgraph over HTTP: every option, its form, its default and one line of meaning. SUBGRAPH_OPTIONS changes
// some of them, for all subgraphs or for one, as JSON; docs/gateway.md lists the same.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Fault } from '#platform/errors/fault.ts';

const positive = z.number().int().min(1);

interface Option {
  readonly schema: z.ZodType;
  readonly meaning: string;
}
const option = <T extends z.ZodType>(schema: T, meaning: string) => ({ schema, meaning });

export const subgraphOptions = {
  timeoutMs: option(
    positive.max(600_000).default(10_000),
    'Time one fetch may take in all: waiting, connecting, answering and every repetition.',
  ),
  retries: option(z.number().int().min(0).max(5).default(2), 'Times a query is repeated at most; a mutation never is.'),
  retryShare: option(
    z.number().min(0).max(1).default(0.2),
    'Share of the requests that may be repetitions, so that a subgraph in trouble is not asked three times as often.',
  ),
  connections: option(positive.max(10_000).default(128), 'Requests at the same time, each on a connection of its own.'),
  queue: option(
    z.number().int().min(0).default(1_000),
    'Requests that wait for a connection; beyond them: SUBGRAPH_BUSY.',
  ),
  answerBytes: option(positive.default(32 * 1024 * 1024), 'Largest answer that is taken.'),
  breaker: option(
    z.boolean().default(true),
    'Whether the subgraph is left alone for a while after half of its last 20 requests failed.',
  ),
} as const satisfies Record<string, Option>;

const optionsSchema = z.strictObject(
  Object.fromEntries(Object.entries(subgraphOptions).map(([name, { schema }]) => [name, schema])) as {
    [Name in keyof typeof subgraphOptions]: (typeof subgraphOptions)[Name]['schema'];
  },
);
export type SubgraphOptions = z.output<typeof optionsSchema>;
export type GivenOptions = z.input<typeof optionsSchema>;

/** The options of the subgraph of that name. */
export type OptionsOf = (subgraph: string) => SubgraphOptions;

const FORM = 'SUBGRAPH_OPTIONS must be {"<name of a subgraph, or *>": {…}} as JSON, or the path of a file with it';

/** `given` over the defaults. */
export function optionsOf(given: GivenOptions = {}): SubgraphOptions {
  return optionsSchema.parse(given);
}

/** Of the setting SUBGRAPH_OPTIONS. Throws CONFIGURATION_INVALID naming what is wrong. */
export function readSubgraphOptions(setting: string | undefined): OptionsOf {
  if (setting === undefined) return () => optionsOf();
  const given = z.record(z.string(), z.record(z.string(), z.unknown())).safeParse(read(setting));
  if (!given.success) throw new Fault('CONFIGURATION_INVALID', FORM);
  const { '*': all = {}, ...named } = given.data;
  const parse = (name: string): SubgraphOptions => {
    const parsed = optionsSchema.safeParse({ ...all, ...named[name] });
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const place = [name, ...(issue?.path ?? [])].join('.');
    const there = Object.keys(subgraphOptions).join(', ');
    throw new Fault('CONFIGURATION_INVALID', `SUBGRAPH_OPTIONS: ${place}: ${issue?.message}; there are ${there}`);
  };
  // All at once: a mistake is told at the start, not when that subgraph is first asked.
  const parsed = new Map(['*', ...Object.keys(named)].map((name) => [name, parse(name)]));
  return (name) => parsed.get(name) ?? parse('*');
}

function read(setting: string): unknown {
  try {
    return JSON.parse(setting.trimStart().startsWith('{') ? setting : readFileSync(setting, 'utf8'));
  } catch (cause) {
    throw new Fault('CONFIGURATION_INVALID', `${FORM}: ${(cause as Error).message}`, { cause });
  }
}
