// Gives a customer one more name, or marks one as verified. Refuses a name that is another customer's; only staff verifies.
import { z } from 'zod';
import { identity } from '#contracts/identities.ts';
import { idempotencyKey } from '#contracts/inputs.ts';
import type { Writer } from '#platform/db/database.ts';
import { type IdempotencyConflict, idempotently } from '#platform/db/idempotency.ts';
import { parse } from '#platform/errors/parse.ts';
import type { CommandContext } from '#platform/graphql/context.ts';
import { type Customer, decideLink, type IdentityLinked, sameIdentity } from '../customer.ts';
import { changedEvent } from '../events.ts';
import { customerId } from '../profile-input.ts';
import {
  type IdentityTaken,
  type TooManyIdentities,
  type UnknownCustomer,
  unknownCustomer,
  type VersionConflict,
} from '../rejections.ts';
import { lockCustomer, readOwners, saveCustomer, saveNewIdentities, saveVerified } from '../repository.ts';
import { requireOwn, requireStaff } from '../visibility.ts';
import { keptOutcome } from './kept-outcome.ts';

const inputSchema = z.object({
  idempotencyKey,
  customerId,
  identity,
  verified: z.boolean().nullish(),
  expectedVersion: z.int().nullish(),
});
type Input = Omit<z.output<typeof inputSchema>, 'idempotencyKey'>;

export type LinkOutcome = IdentityLinked | IdentityTaken | TooManyIdentities | UnknownCustomer | VersionConflict;

export async function linkIdentity(
  context: CommandContext,
  rawInput: unknown,
): Promise<LinkOutcome | IdempotencyConflict> {
  const { idempotencyKey: key, ...input } = parse(inputSchema, rawInput);
  requireOwn(context.principal, input.customerId);
  if (input.verified) requireStaff(context.principal, 'verified: true');
  const now = context.clock.now();
  return idempotently(
    context.db,
    { clientId: context.principal.clientId, operation: 'linkIdentity', key, input, now },
    { run: (tx) => link(context, tx, input, now), ...keptOutcome<LinkOutcome>() },
  );
}

async function link(context: CommandContext, tx: Writer, input: Input, now: Date): Promise<LinkOutcome> {
  const before = await lockCustomer(tx, input.customerId);
  if (!before) return unknownCustomer(input.customerId);
  const [owner] = await readOwners(tx, [input.identity]);
  const request = {
    identity: input.identity,
    verified: input.verified ?? false,
    expectedVersion: input.expectedVersion ?? null,
    linkedBy: context.principal.sub,
    now,
  };
  const outcome = decideLink(before, request, owner?.customerId ?? null);
  if (outcome.__typename !== 'IdentityLinked' || outcome.customer === before) return outcome;
  saveLink(tx, before, outcome.customer, now, input);
  context.outbox.append(tx, [changedEvent(context.keys.identity, outcome.customer, now)], now);
  return outcome;
}

function saveLink(tx: Writer, before: Customer, after: Customer, now: Date, input: Input): void {
  saveCustomer(tx, after, now);
  const added = after.identities.filter((one) => !before.identities.some((known) => sameIdentity(known, one)));
  if (added.length > 0) saveNewIdentities(tx, after.id, added);
  else saveVerified(tx, input.identity);
}
