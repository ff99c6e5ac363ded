// SQL of business days and of what their tickets say.
import { z } from 'zod';
import type { Reader, Writer } from '#platform/db/database.ts';
import { command, statement } from '#platform/db/statement.ts';
import type { BusinessDay } from '../business-day.ts';
import { type TenderType, tenderTypes } from '../ticket.ts';

const counted = z.array(
  z.object({ type: z.enum(tenderTypes), currency: z.string(), amount: z.string().transform((text) => BigInt(text)) }),
);

const find = statement(
  'businessDay.find',
  'select location, date, status, opened_at, closed_at, counted, version from business_day where location = $1 and date = $2',
  (row): BusinessDay => ({
    location: row.location as string,
    date: row.date as string,
    status: row.status as BusinessDay['status'],
    openedAt: row.opened_at as Date,
    closedAt: row.closed_at as Date | null,
    counted: counted.parse(row.counted),
    version: row.version as number,
  }),
);
const insert = command(
  'businessDay.insert',
  `insert into business_day (location, date, status, opened_at, version) values ($1, $2, 'OPEN', $3, 1)`,
);
const close = command(
  'businessDay.close',
  `update business_day set status = 'CLOSED', closed_at = $3, counted = $4, version = version + 1
   where location = $1 and date = $2`,
);
const touch = statement(
  'businessDay.touch',
  'update business_day set version = version + 1 where location = $1 and date = $2 returning version',
  (row) => row.version as number,
);
const lock = command('businessDay.lock', 'select pg_advisory_xact_lock($1, $2)');
const sequences = statement(
  'businessDay.sequences',
  `select workstation, sequence, late_arrival from store_transaction where location = $1 and business_date = $2`,
  (row) => ({
    workstation: row.workstation as string,
    sequence: row.sequence as number,
    lateArrival: row.late_arrival as boolean,
  }),
);
const dateAt = statement(
  'businessDay.dateAt',
  'select date from business_day where location = $1 and opened_at <= $2 order by opened_at desc limit 1',
  (row) => row.date as string,
);
const tenderTotals = statement(
  'businessDay.tenderTotals',
  `select type, currency, sum(amount)::bigint as amount from (
     select d.type, t.currency, case when t.type = 'RETURN' then -d.amount_minor else d.amount_minor end as amount
     from store_transaction t join tender d on d.transaction_id = t.id
     where t.location = $1 and t.business_date = $2 and not t.training
     union all
     select type, currency, -amount_minor from refund_tender where location = $1 and business_date = $2
   ) as tendered group by type, currency order by type, currency`,
  (row) => ({ type: row.type as TenderType, currency: (row.currency as string).trim(), amount: row.amount as bigint }),
);

export function findBusinessDay(reader: Reader, location: string, date: string): Promise<BusinessDay | undefined> {
  return reader.one(find, [location, date]);
}

/** The day a shop was in at a moment: the one opened last before it; undefined where none was. */
export function findDateAt(reader: Reader, location: string, at: Date): Promise<string | undefined> {
  return reader.one(dateAt, [location, at]);
}

export function insertBusinessDay(tx: Writer, day: BusinessDay): void {
  tx.defer(insert, [day.location, day.date, day.openedAt]);
}

export function closeDay(tx: Writer, day: BusinessDay): void {
  const kept = day.counted.map((entry) => ({ ...entry, amount: entry.amount.toString() }));
  tx.defer(close, [day.location, day.date, day.closedAt, JSON.stringify(kept)]);
}

/** A ticket came after the close: the day's version grows. Answers the new one. */
export async function touchClosedDay(tx: Writer, location: string, date: string): Promise<number> {
  const version = await tx.one(touch, [location, date]);
  if (version === undefined) throw new TypeError(`${location} has no business day ${date}`);
  return version;
}

/** The two numbers of a day's lock: every ticket shares it, the close excludes them. */
export function dayLock(location: string, date: string): [number, number] {
  // The last nine digits of a GLN and the day as a number both fit 31 bits; two shops meeting on one lock only wait.
  return [Number(location.slice(-9)), Number(date.replaceAll('-', ''))];
}

/** Waits until no ticket of the day is being written, and keeps new ones out until the transaction ends. */
export function excludeTickets(tx: Writer, location: string, date: string): Promise<number> {
  return tx.run(lock, dayLock(location, date));
}

export function findSequences(reader: Reader, location: string, date: string) {
  return reader.all(sequences, [location, date]);
}

export function findTenderTotals(reader: Reader, location: string, date: string) {
  return reader.all(tenderTotals, [location, date]);
}
