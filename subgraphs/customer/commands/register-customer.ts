// Makes a customer known under one or more names. Refuses names that belong to another customer; of several registrations at
// once that share a name one wins.
import { z } from 'zod';
import { identity } from '#contracts/identities.ts';
import { idempotencyKey } from '#contracts/inputs.ts';
import type { Writer } from '#platform/db/database.ts';
import { type IdempotencyConflict, idempotently } from '#platform/db/idempotency.ts';
import { parse } from '#platform/errors/parse.ts';
import type { CommandContext } from '#platform/graphql/context.ts';
import { newId } from '#platform/kernel/ids.ts';
import { type CustomerRegistered, decideRegistration, MOST_IDENTITIES, sameIdentity } from '../customer.ts';
import { registeredEvent } from '../events.ts';
import { customerName, language, requirePast } from '../profile-input.ts';
import type { IdentityTaken } from '../rejections.ts';
import { readOwners, saveNewCustomer } from '../repository.ts';
import { requireStaff } from '../visibility.ts';
import { keptOutcome } from './kept-outcome.ts';

const identities = z
  .array(identity)
  .min(1, { error: 'must name at least one identity' })
  .max(MOST_IDENTITIES, { error: `must name at most ${MOST_IDENTITIES} identities` })
  .superRefine((all, context) => {
    all.forEach((one, index) => {
      const first = all.findIndex((other) => sameIdentity(one, other));
      if (first === index) return;
      context.addIssue({ code: 'custom', path: [index], message: `is the same identity as identities.${first}` });
    });
  });

const inputSchema = z.object({
  idempotencyKey,
  name: customerName.nullish(),
  language: language.nullish(),
  identities,
  registeredAt: z.date().nullish(),
});
type Input = Omit<z.output<typeof inputSchema>, 'idempotencyKey'>;

export type RegisterOutcome = CustomerRegistered | IdentityTaken;

export async function registerCustomer(
  context: CommandContext,
  rawInput: unknown,
): Promise<RegisterOutcome | IdempotencyConflict> {
  const { idempotencyKey: key, ...input } = parse(inputSchema, rawInput);
  requireStaff(context.principal, 'registerCustomer');
  const now = context.clock.now();
  if (input.registeredAt) requirePast('registeredAt', input.registeredAt, now);
  return idempotently(
    context.db,
    { clientId: context.principal.clientId, operation: 'registerCustomer', key, input, now },
    { run: (tx) => register(context, tx, input, now), ...keptOutcome<RegisterOutcome>() },
  );
}

async function register(context: CommandContext, tx: Writer, input: Input, now: Date): Promise<RegisterOutcome> {
  const registration = {
    id: newId(),
    name: input.name ?? null,
    language: input.language ?? null,
    identities: input.identities,
    registeredAt: input.registeredAt ?? now,
    linkedBy: context.principal.sub,
    now,
  };
  const outcome = decideRegistration(registration, await readOwners(tx, input.identities));
  if (outcome.__typename !== 'CustomerRegistered') return outcome;
  saveNewCustomer(tx, outcome.customer, now);
  context.outbox.append(tx, [registeredEvent(context.keys.identity, outcome.customer)], now);
  return outcome;
}
