// A system of record tells of its locations. Refuses a location that another system told of first, and logs it.
import { z } from 'zod';
import { gln } from '#contracts/identifiers.ts';
import { idempotencyKey, shortText } from '#contracts/inputs.ts';
import type { Writer } from '#platform/db/database.ts';
import { RetryTransaction } from '#platform/db/failures.ts';
import { idempotently } from '#platform/db/idempotency.ts';
import { parse } from '#platform/errors/parse.ts';
import type { CommandContext } from '#platform/graphql/context.ts';
import { keptOutcome } from '../kept-outcome.ts';
import { decideUpsert, isTimeZone, locationKinds, type UpsertLocationsOutcome } from '../location.ts';
import { lockLocations, saveLocations } from '../repository/master-data.ts';
import { requireSystem } from './guards.ts';

const MOST_LOCATIONS = 500;

const location = z.object({
  gln,
  name: shortText,
  kind: z.enum(locationKinds),
  timeZone: z.string().refine(isTimeZone, { error: 'must be a time zone of the IANA list such as Europe/London' }),
});

const inputSchema = z.object({
  idempotencyKey,
  system: shortText,
  locations: z
    .array(location)
    .min(1, { error: 'must have at least one location' })
    .max(MOST_LOCATIONS, { error: `must have at most ${MOST_LOCATIONS} locations` })
    .refine((all) => new Set(all.map((one) => one.gln)).size === all.length, {
      error: 'must name each location once',
    }),
});
type Input = Omit<z.output<typeof inputSchema>, 'idempotencyKey'>;

export async function upsertLocations(context: CommandContext, rawInput: unknown) {
  const { idempotencyKey: key, ...input } = parse(inputSchema, rawInput);
  requireSystem(context, 'upsertLocations', input.system);
  const now = context.clock.now();
  return idempotently(
    context.db,
    { clientId: context.principal.clientId, operation: 'upsertLocations', key, input, now },
    { run: (tx) => upsert(context, tx, input, now), ...keptOutcome<UpsertLocationsOutcome>() },
  );
}

async function upsert(context: CommandContext, tx: Writer, input: Input, now: Date): Promise<UpsertLocationsOutcome> {
  const { system, locations } = input;
  const known = await lockLocations(
    tx,
    locations.map((one) => one.gln),
  );
  const outcome = decideUpsert(system, locations, known);
  if (outcome.__typename === 'NotOwner') {
    context.logger.warn({ system, owner: outcome.owner, sub: context.principal.sub }, outcome.message);
    return outcome;
  }
  const written = await saveLocations(tx, system, locations, now);
  // Another system told of one of them since we looked: look again.
  if (written < locations.length) throw new RetryTransaction('a location was taken by another system');
  return outcome;
}
