// Begins a shop's business day. Refuses a day that is open or was closed.
import { z } from 'zod';
import { businessDayOpened } from '#contracts/order.ts';
import type { Writer } from '#platform/db/database.ts';
import { type IdempotencyConflict, idempotently, type StoredOutcome } from '#platform/db/idempotency.ts';
import { parse } from '#platform/errors/parse.ts';
import type { CommandContext } from '#platform/graphql/context.ts';
import { event } from '#platform/messaging/contract.ts';
import { type BusinessDay, changeOf, decideOpening } from '../business-day.ts';
import type { Rejected } from '../rejections.ts';
import { excludeTickets, findBusinessDay, insertBusinessDay } from '../repository/business-days.ts';
import { dayInput, keepDay, restoreDay } from './business-day-outcome.ts';
import { requireOwnLocation } from './tickets.ts';

const openInput = z.object({ ...dayInput, openedAt: z.date().nullish() });

export interface BusinessDayOpened {
  readonly __typename: 'BusinessDayOpened';
  readonly businessDay: BusinessDay;
}

export type OpenOutcome = BusinessDayOpened | Rejected<'DayAlreadyOpen'> | Rejected<'DayAlreadyClosed'>;

type Input = Omit<z.output<typeof openInput>, 'idempotencyKey'>;

export async function openBusinessDay(
  context: CommandContext,
  rawInput: unknown,
): Promise<OpenOutcome | IdempotencyConflict> {
  const { idempotencyKey: key, ...input } = parse(openInput, rawInput);
  requireOwnLocation(context, input.location);
  const now = context.clock.now();
  const scope = { clientId: context.principal.clientId, operation: 'openBusinessDay', key, input, now };
  return idempotently<OpenOutcome>(context.db, scope, {
    run: (tx) => open(context, tx, input, now),
    keep: keepDay,
    restore: async (stored: StoredOutcome, tx) => {
      if (stored.type !== 'BusinessDayOpened') return stored.rejection as OpenOutcome;
      return { __typename: 'BusinessDayOpened', businessDay: await restoreDay(tx, input) };
    },
  });
}

async function open(context: CommandContext, tx: Writer, input: Input, now: Date): Promise<OpenOutcome> {
  const { location, date } = input;
  await excludeTickets(tx, location, date);
  const earlier = await findBusinessDay(tx, location, date);
  const openedAt = input.openedAt ?? now;
  const opened = decideOpening(earlier, { location, date }, openedAt);
  if ('code' in opened) return opened;
  insertBusinessDay(tx, opened);
  context.outbox.append(tx, [event(businessDayOpened, changeOf(opened, openedAt))], now);
  return { __typename: 'BusinessDayOpened', businessDay: opened };
}
