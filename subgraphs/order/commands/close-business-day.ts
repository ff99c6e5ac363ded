// Closes a shop's business day with what was counted. Waits for tickets being written, then excludes later ones: they arrive late.
import { z } from 'zod';
import { currencyCode } from '#contracts/inputs.ts';
import { businessDayClosed } from '#contracts/order.ts';
import type { Writer } from '#platform/db/database.ts';
import { type IdempotencyConflict, idempotently, type StoredOutcome } from '#platform/db/idempotency.ts';
import { parse } from '#platform/errors/parse.ts';
import type { CommandContext } from '#platform/graphql/context.ts';
import { event } from '#platform/messaging/contract.ts';
import { type BusinessDay, type Counted, changeOf, decideClosing, findGaps, formatGap } from '../business-day.ts';
import type { Rejected } from '../rejections.ts';
import { closeDay, excludeTickets, findBusinessDay, findSequences } from '../repository/business-days.ts';
import { amountReader, tenderTypes } from '../ticket.ts';
import { dayInput, keepDay, restoreDay } from './business-day-outcome.ts';
import { requireOwnLocation } from './tickets.ts';

const countedTenders = z
  .array(z.object({ type: z.enum(tenderTypes), currency: currencyCode, amount: z.string() }))
  .max(100, { error: 'must have at most 100 amounts' })
  .nullish()
  .transform((entries, context): Counted[] => {
    const seen = new Set<string>();
    return (entries ?? []).map(({ type, currency, amount }, index) => {
      if (seen.has(`${type} ${currency}`))
        context.addIssue({ code: 'custom', path: [index], message: `${type} in ${currency} is counted twice` });
      seen.add(`${type} ${currency}`);
      return { type, currency, amount: amountReader(currency, context)([index, 'amount'], amount, 'any') };
    });
  });

const closeInput = z.object({ ...dayInput, closedAt: z.date().nullish(), counted: countedTenders });

export interface BusinessDayClosed {
  readonly __typename: 'BusinessDayClosed';
  readonly businessDay: BusinessDay;
}

export type CloseOutcome = BusinessDayClosed | Rejected<'DayNotOpen'> | Rejected<'DayAlreadyClosed'>;

type Input = Omit<z.output<typeof closeInput>, 'idempotencyKey'>;

export async function closeBusinessDay(
  context: CommandContext,
  rawInput: unknown,
): Promise<CloseOutcome | IdempotencyConflict> {
  const { idempotencyKey: key, ...input } = parse(closeInput, rawInput);
  requireOwnLocation(context, input.location);
  const now = context.clock.now();
  const scope = { clientId: context.principal.clientId, operation: 'closeBusinessDay', key, input, now };
  return idempotently<CloseOutcome>(context.db, scope, {
    run: (tx) => close(context, tx, input, now),
    keep: keepDay,
    restore: async (stored: StoredOutcome, tx) => {
      if (stored.type !== 'BusinessDayClosed') return stored.rejection as CloseOutcome;
      return { __typename: 'BusinessDayClosed', businessDay: await restoreDay(tx, input) };
    },
  });
}

async function close(context: CommandContext, tx: Writer, input: Input, now: Date): Promise<CloseOutcome> {
  const { location, date, counted } = input;
  await excludeTickets(tx, location, date);
  const [opened, sequences] = await Promise.all([
    findBusinessDay(tx, location, date),
    findSequences(tx, location, date),
  ]);
  const closedAt = input.closedAt ?? now;
  const closed = decideClosing(opened, counted, closedAt);
  if ('code' in closed) return closed;
  closeDay(tx, closed);
  const change = changeOf(closed, closedAt);
  const found = { transactions: sequences.length, gaps: findGaps(sequences).map(formatGap) };
  context.outbox.append(tx, [event(businessDayClosed, { ...change, data: { ...change.data, ...found } })], now);
  return { __typename: 'BusinessDayClosed', businessDay: closed };
}
