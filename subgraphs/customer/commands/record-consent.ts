// Adds what a customer said about one purpose. Refuses an unknown customer only: what was said stays said, also out of order.
import { z } from 'zod';
import { consentStatuses } from '#contracts/customer.ts';
import { idempotencyKey, shortText } from '#contracts/inputs.ts';
import type { Reader, Writer } from '#platform/db/database.ts';
import { type IdempotencyConflict, idempotently, type StoredOutcome } from '#platform/db/idempotency.ts';
import { parse } from '#platform/errors/parse.ts';
import type { CommandContext } from '#platform/graphql/context.ts';
import { newId } from '#platform/kernel/ids.ts';
import { type ConsentRecorded, decideConsent, lawfulBases } from '../consent.ts';
import { consentEvent } from '../events.ts';
import { customerId, requirePast } from '../profile-input.ts';
import { type UnknownCustomer, unknownCustomer } from '../rejections.ts';
import { lockCustomer, readConsent, saveConsent, saveCustomer } from '../repository.ts';
import { requireOwn } from '../visibility.ts';
import { keepOutcome, readKept } from './kept-outcome.ts';

const inputSchema = z.object({
  idempotencyKey,
  customerId,
  purpose: shortText,
  lawfulBasis: z.enum(lawfulBases),
  status: z.enum(consentStatuses),
  occurredAt: z.date(),
  source: shortText,
  evidenceRef: shortText.nullish(),
  policyVersion: shortText.nullish(),
});
type Input = Omit<z.output<typeof inputSchema>, 'idempotencyKey'>;

export type ConsentOutcome = ConsentRecorded | UnknownCustomer;

export async function recordConsent(
  context: CommandContext,
  rawInput: unknown,
): Promise<ConsentOutcome | IdempotencyConflict> {
  const { idempotencyKey: key, ...input } = parse(inputSchema, rawInput);
  requireOwn(context.principal, input.customerId);
  const now = context.clock.now();
  requirePast('occurredAt', input.occurredAt, now);
  return idempotently(
    context.db,
    { clientId: context.principal.clientId, operation: 'recordConsent', key, input, now },
    { run: (tx) => record(context, tx, input, now), keep, restore },
  );
}

async function record(context: CommandContext, tx: Writer, input: Input, now: Date): Promise<ConsentOutcome> {
  const customer = await lockCustomer(tx, input.customerId);
  if (!customer) return unknownCustomer(input.customerId);
  const { evidenceRef = null, policyVersion = null } = input;
  const outcome = decideConsent(customer, { ...input, id: newId(), evidenceRef, policyVersion });
  saveConsent(tx, outcome.consent, now);
  saveCustomer(tx, outcome.customer, now);
  context.outbox.append(tx, [consentEvent(outcome.consent, outcome.customer)], now);
  return outcome;
}

function keep(outcome: ConsentOutcome): StoredOutcome {
  const kept = keepOutcome(outcome);
  return outcome.__typename === 'ConsentRecorded' ? { ...kept, consentId: outcome.consent.id } : kept;
}

async function restore(stored: StoredOutcome, reader: Reader): Promise<ConsentOutcome> {
  if (stored.refusal !== undefined) return stored.refusal as UnknownCustomer;
  const consent = await readConsent(reader, String(stored.consentId));
  if (!consent) throw new TypeError(`consent ${String(stored.consentId)} of a stored outcome is missing`);
  return { __typename: 'ConsentRecorded', consent, customer: await readKept(reader, consent.customerId) };
}
