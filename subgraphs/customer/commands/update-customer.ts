// Changes a customer's profile. Refuses a change that was made for another version than the present one.
import { z } from 'zod';
import { idempotencyKey } from '#contracts/inputs.ts';
import type { Writer } from '#platform/db/database.ts';
import { type IdempotencyConflict, idempotently } from '#platform/db/idempotency.ts';
import { parse } from '#platform/errors/parse.ts';
import type { CommandContext } from '#platform/graphql/context.ts';
import { type CustomerUpdated, decideUpdate } from '../customer.ts';
import { changedEvent } from '../events.ts';
import { customerId, customerName, language } from '../profile-input.ts';
import { type UnknownCustomer, unknownCustomer, type VersionConflict } from '../rejections.ts';
import { lockCustomer, saveCustomer } from '../repository.ts';
import { requireOwn } from '../visibility.ts';
import { keptOutcome } from './kept-outcome.ts';

const inputSchema = z.object({
  idempotencyKey,
  customerId,
  expectedVersion: z.int(),
  name: customerName.nullish(),
  language: language.nullish(),
});
type Input = Omit<z.output<typeof inputSchema>, 'idempotencyKey'>;

export type UpdateOutcome = CustomerUpdated | UnknownCustomer | VersionConflict;

export async function updateCustomer(
  context: CommandContext,
  rawInput: unknown,
): Promise<UpdateOutcome | IdempotencyConflict> {
  const { idempotencyKey: key, ...input } = parse(inputSchema, rawInput);
  requireOwn(context.principal, input.customerId);
  const now = context.clock.now();
  return idempotently(
    context.db,
    { clientId: context.principal.clientId, operation: 'updateCustomer', key, input, now },
    { run: (tx) => update(context, tx, input, now), ...keptOutcome<UpdateOutcome>() },
  );
}

async function update(context: CommandContext, tx: Writer, input: Input, now: Date): Promise<UpdateOutcome> {
  const before = await lockCustomer(tx, input.customerId);
  if (!before) return unknownCustomer(input.customerId);
  const outcome = decideUpdate(before, input);
  if (outcome.__typename !== 'CustomerUpdated' || outcome.customer === before) return outcome;
  saveCustomer(tx, outcome.customer, now);
  context.outbox.append(tx, [changedEvent(context.keys.identity, outcome.customer, now)], now);
  return outcome;
}
