// Opens and closes business days. A close waits for tickets being written, then excludes later ones: they arrive late.
import { z } from 'zod';
import { gln } from '#contracts/identifiers.ts';
import { currencyCode, idempotencyKey } from '#contracts/inputs.ts';
import { businessDayClosed, businessDayOpened } from '#contracts/order.ts';
import type { Reader, Writer } from '#platform/db/database.ts';
import { type IdempotencyConflict, idempotently, type StoredOutcome } from '#platform/db/idempotency.ts';
import { InvalidInput } from '#platform/errors/fault.ts';
import { parse } from '#platform/errors/parse.ts';
import type { CommandContext } from '#platform/graphql/context.ts';
import { parseMinor } from '#platform/kernel/money.ts';
import { event } from '#platform/messaging/contract.ts';
import { type BusinessDay, type Counted, findGaps } from '../business-day.ts';
import { type Rejected, reject } from '../rejections.ts';
import {
  closeDay,
  excludeTickets,
  findBusinessDay,
  findSequences,
  insertBusinessDay,
} from '../repository/business-days.ts';
import { tenderTypes } from '../ticket.ts';
import { requireOwnLocation } from './tickets.ts';

const day = { idempotencyKey, location: gln, date: z.string() };
const openInput = z.object({ ...day, openedAt: z.date().nullish() });
const closeInput = z.object({
  ...day,
  closedAt: z.date().nullish(),
  counted: z
    .array(z.object({ type: z.enum(tenderTypes), currency: currencyCode, amount: z.string() }))
    .max(100)
    .nullish(),
});

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
  if (earlier?.status === 'OPEN') return reject('DayAlreadyOpen', 'DAY_ALREADY_OPEN');
  if (earlier) return reject('DayAlreadyClosed', 'DAY_ALREADY_CLOSED');
  const { location, date } = input;
  const openedAt = input.openedAt ?? now;
  insertBusinessDay(tx, location, date, openedAt);
  const data = { location, date, at: openedAt.toISOString(), version: 1 };
  context.outbox.append(
    tx,
    [event(businessDayOpened, { key: `${location}@${date}`, sequence: 1, occurredAt: openedAt, data })],
    now,
  );
  const businessDay: BusinessDay = {
    location,
    date,
    status: 'OPEN',
    openedAt,
    closedAt: null,
    counted: [],
    version: 1,
  };
  return { __typename: 'BusinessDayOpened', businessDay };
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
  if (!opened) return reject('DayNotOpen', 'DAY_NOT_OPEN');
  if (opened.status === 'CLOSED') return reject('DayAlreadyClosed', 'DAY_ALREADY_CLOSED');
  const sequences = await findSequences(tx, location, date);
  const counted = readCounted(input);
  const closedAt = input.closedAt ?? now;
  closeDay(tx, location, date, closedAt, counted);
  const businessDay: BusinessDay = { ...opened, status: 'CLOSED', closedAt, counted, version: opened.version + 1 };
  const gaps = findGaps(sequences).map(
    (gap) => `${gap.workstation}:${gap.from === gap.to ? gap.from : `${gap.from}-${gap.to}`}`,
  );
  const data = {
    location,
    date,
    at: closedAt.toISOString(),
    version: businessDay.version,
    transactions: sequences.length,
    gaps,
  };
  const key = `${location}@${date}`;
  context.outbox.append(
    tx,
    [event(businessDayClosed, { key, sequence: businessDay.version, occurredAt: closedAt, data })],
    now,
  );
  return { __typename: 'BusinessDayClosed', businessDay };
}

function readCounted(input: CloseInput): Counted[] {
  return (input.counted ?? []).map(({ type, currency, amount }, index) => {
    const minor = parseMinor(amount, currency);
    if (minor === null) {
      throw new InvalidInput([{ path: `counted.${index}.amount`, message: `${amount} is no amount of ${currency}` }]);
    }
    return { type, currency, amount: minor };
  });
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
