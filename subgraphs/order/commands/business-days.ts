// Opens and closes business days. A close waits for tickets being written, then excludes later ones: they arrive late.
import { z } from 'zod';
import { gln } from '#contracts/identifiers.ts';
import { currencyCode, idempotencyKey } from '#contracts/inputs.ts';
import { businessDayClosed, businessDayOpened } from '#contracts/order.ts';
import type { Reader, Writer } from '#platform/db/database.ts';
import { type IdempotencyConflict, idempotently, type StoredOutcome } from '#platform/db/idempotency.ts';
import { parse } from '#platform/errors/parse.ts';
import type { CommandContext } from '#platform/graphql/context.ts';
import { event } from '#platform/messaging/contract.ts';
import {
  type BusinessDay,
  type Counted,
  dayKey,
  decideClosing,
  decideOpening,
  findGaps,
  formatGap,
} from '../business-day.ts';
import type { Rejected } from '../rejections.ts';
import {
  closeDay,
  excludeTickets,
  findBusinessDay,
  findSequences,
  insertBusinessDay,
} from '../repository/business-days.ts';
import { amountReader, tenderTypes } from '../ticket.ts';
import { requireOwnLocation } from './tickets.ts';

const day = { idempotencyKey, location: gln, date: z.string() };
const openInput = z.object({ ...day, openedAt: z.date().nullish() });
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
const closeInput = z.object({ ...day, closedAt: z.date().nullish(), counted: countedTenders });

export interface BusinessDayOpened {
  readonly __typename: 'BusinessDayOpened';
  readonly businessDay: BusinessDay;
}
export interface BusinessDayClosed {
  readonly __typename: 'BusinessDayClosed';
  readonly businessDay: BusinessDay;
}
export type OpenOutcome = BusinessDayOpened | Rejected<'DayAlreadyOpen'> | Rejected<'DayAlreadyClosed'>;
export type CloseOutcome = BusinessDayClosed | Rejected<'DayNotOpen'> | Rejected<'DayAlreadyClosed'>;

export async function openBusinessDay(
  context: CommandContext,
  rawInput: unknown,
): Promise<OpenOutcome | IdempotencyConflict> {
  const { idempotencyKey: key, ...input } = parse(openInput, rawInput);
  requireOwnLocation(context, input.location);
  const now = context.clock.now();
  const scope = { clientId: context.principal.clientId, operation: 'openBusinessDay', key, input, now };
  return idempotently(context.db, scope, {
    run: (tx) => open(context, tx, input, now),
    keep,
    restore: (stored, tx) => restore(stored, tx, input, 'BusinessDayOpened'),
  });
}

async function open(
  context: CommandContext,
  tx: Writer,
  input: { location: string; date: string; openedAt?: Date | null | undefined },
  now: Date,
): Promise<OpenOutcome> {
  await excludeTickets(tx, input.location, input.date);
  const earlier = await findBusinessDay(tx, input.location, input.date);
  const { location, date } = input;
  const openedAt = input.openedAt ?? now;
  const opened = decideOpening(earlier, { location, date }, openedAt);
  if ('code' in opened) return opened;
  insertBusinessDay(tx, opened);
  context.outbox.append(tx, [event(businessDayOpened, changeOf(opened, openedAt))], now);
  return { __typename: 'BusinessDayOpened', businessDay: opened };
}

export async function closeBusinessDay(
  context: CommandContext,
  rawInput: unknown,
): Promise<CloseOutcome | IdempotencyConflict> {
  const { idempotencyKey: key, ...input } = parse(closeInput, rawInput);
  requireOwnLocation(context, input.location);
  const now = context.clock.now();
  const scope = { clientId: context.principal.clientId, operation: 'closeBusinessDay', key, input, now };
  return idempotently(context.db, scope, {
    run: (tx) => close(context, tx, input, now),
    keep,
    restore: (stored, tx) => restore(stored, tx, input, 'BusinessDayClosed'),
  });
}

type CloseInput = Omit<z.output<typeof closeInput>, 'idempotencyKey'>;

async function close(context: CommandContext, tx: Writer, input: CloseInput, now: Date): Promise<CloseOutcome> {
  const { location, date } = input;
  await excludeTickets(tx, location, date);
  const opened = await findBusinessDay(tx, location, date);
  const closedAt = input.closedAt ?? now;
  const closed = decideClosing(opened, input.counted, closedAt);
  if ('code' in closed) return closed;
  const sequences = await findSequences(tx, location, date);
  closeDay(tx, closed);
  const gaps = findGaps(sequences).map(formatGap);
  const change = changeOf(closed, closedAt);
  const data = { ...change.data, transactions: sequences.length, gaps };
  context.outbox.append(tx, [event(businessDayClosed, { ...change, data })], now);
  return { __typename: 'BusinessDayClosed', businessDay: closed };
}

function changeOf({ location, date, version }: BusinessDay, at: Date) {
  const data = { location, date, at: at.toISOString(), version };
  return { key: dayKey(location, date), sequence: version, occurredAt: at, data };
}

function keep(outcome: OpenOutcome | CloseOutcome): StoredOutcome {
  return 'businessDay' in outcome ? { type: outcome.__typename } : { type: outcome.__typename, rejection: outcome };
}

async function restore<Name extends 'BusinessDayOpened' | 'BusinessDayClosed'>(
  stored: StoredOutcome,
  reader: Reader,
  input: { location: string; date: string },
  success: Name,
): Promise<Extract<OpenOutcome | CloseOutcome, { __typename: Name }>> {
  if (stored.type !== success) return stored.rejection as Extract<OpenOutcome | CloseOutcome, { __typename: Name }>;
  const businessDay = await findBusinessDay(reader, input.location, input.date);
  return { __typename: success, businessDay } as Extract<OpenOutcome | CloseOutcome, { __typename: Name }>;
}
