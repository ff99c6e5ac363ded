// SQL of store transactions, their tenders, their exceptions, and the conflicting bodies kept in quarantine.
import type { Reader, Writer } from '#platform/db/database.ts';
import { command, type RawRow, statement } from '#platform/db/statement.ts';
import type { ExceptionCode, Tender, TransactionException } from '../order.ts';
import type { Ticket } from '../ticket.ts';
import type { StoreTransaction } from '../transaction.ts';

const columns = `id, transaction_id, type, location, workstation, sequence, business_date, occurred_at, received_at, currency,
  grand_total_minor, offline, training, late_arrival, body_hash, order_id, return_id`;

function toTransaction(row: RawRow): StoreTransaction {
  return {
    id: row.id as string,
    transactionId: row.transaction_id as string,
    type: row.type as StoreTransaction['type'],
    location: row.location as string,
    workstation: row.workstation as string,
    sequence: row.sequence as number,
    businessDate: row.business_date as string,
    occurredAt: row.occurred_at as Date,
    receivedAt: row.received_at as Date,
    currency: row.currency as string,
    grandTotal: row.grand_total_minor as bigint,
    offline: row.offline as boolean,
    training: row.training as boolean,
    lateArrival: row.late_arrival as boolean,
    bodyHash: row.body_hash as string,
    orderId: row.order_id as string | null,
    returnId: row.return_id as string | null,
  };
}

const byIds = statement(
  'transaction.byIds',
  `select ${columns} from store_transaction where id = any($1)`,
  toTransaction,
);
// By both names: the till's UUID and its place in the day.
const same = statement(
  'transaction.same',
  `select ${columns} from store_transaction where transaction_id = $1
   union select ${columns} from store_transaction
     where location = $2 and business_date = $3 and workstation = $4 and sequence = $5`,
  toTransaction,
);
const byUuid = statement(
  'transaction.byUuid',
  `select ${columns} from store_transaction where transaction_id = $1`,
  toTransaction,
);
// Practice is never posted: there is nothing to mend.
const held = statement(
  'transaction.held',
  `select ${columns} from store_transaction t
   where not training and exists (select 1 from transaction_exception e where e.transaction_id = t.id and e.resolved_at is null)
     and ($1::text is null or location = $1) and ($2::text is null or id < $2)
   order by id desc limit $3`,
  toTransaction,
);

export function findTransactions(reader: Reader, ids: readonly string[]): Promise<StoreTransaction[]> {
  return reader.all(byIds, [ids]);
}

/** Transactions that have the ticket's UUID or its till, day and sequence: none, one, or two that contradict it. */
export function findSame(reader: Reader, ticket: Ticket): Promise<StoreTransaction[]> {
  return reader.all(same, [
    ticket.transactionId,
    ticket.location,
    ticket.businessDate,
    ticket.workstation,
    ticket.sequence,
  ]);
}

export function findByUuid(reader: Reader, transactionId: string): Promise<StoreTransaction | undefined> {
  return reader.one(byUuid, [transactionId]);
}

export function listHeld(reader: Reader, location: string | null, after: string | undefined, limit: number) {
  return reader.all(held, [location, after ?? null, limit]);
}

const insert = command(
  'transaction.insert',
  `insert into store_transaction (${columns})
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
);
const insertTenders = command(
  'transaction.insertTenders',
  `insert into tender (transaction_id, order_id, return_id, tender_no, type, amount_minor, reference)
   select $1, $2, $3, t.* from unnest($4::int[], $5::text[], $6::bigint[], $7::text[]) as t`,
);
const insertExceptions = command(
  'transaction.insertExceptions',
  `insert into transaction_exception (transaction_id, opened_at, exception_no, code, line_no, detail, subject)
   select $1, $2, e.* from unnest($3::int[], $4::text[], $5::int[], $6::text[], $7::text[]) as e`,
);

export function insertTransaction(
  tx: Writer,
  transaction: StoreTransaction,
  tenders: readonly Tender[],
  exceptions: readonly TransactionException[],
): void {
  const t = transaction;
  tx.defer(insert, [
    t.id,
    t.transactionId,
    t.type,
    t.location,
    t.workstation,
    t.sequence,
    t.businessDate,
    t.occurredAt,
    t.receivedAt,
    t.currency,
    t.grandTotal,
    t.offline,
    t.training,
    t.lateArrival,
    t.bodyHash,
    t.orderId,
    t.returnId,
  ]);
  if (tenders.length > 0) {
    tx.defer(insertTenders, [
      t.id,
      t.orderId,
      t.returnId,
      tenders.map((_, index) => index + 1),
      tenders.map((tender) => tender.type),
      tenders.map((tender) => tender.amount),
      tenders.map((tender) => tender.reference),
    ]);
  }
  if (exceptions.length > 0) {
    tx.defer(insertExceptions, [
      t.id,
      t.receivedAt,
      exceptions.map((_, index) => index + 1),
      exceptions.map((found) => found.code),
      exceptions.map((found) => found.lineNo),
      exceptions.map((found) => found.detail),
      exceptions.map((found) => found.subject),
    ]);
  }
}

const open = statement(
  'transaction.openExceptions',
  `select transaction_id, code, line_no, detail, subject from transaction_exception
   where transaction_id = any($1) and resolved_at is null order by transaction_id, exception_no`,
  (row) => ({
    transactionId: row.transaction_id as string,
    code: row.code as ExceptionCode,
    lineNo: row.line_no as number | null,
    detail: row.detail as string,
    subject: row.subject as string | null,
  }),
);
const resolve = command(
  'transaction.resolveExceptions',
  `update transaction_exception set resolved_at = $3 where code = $1 and subject = any($2) and resolved_at is null`,
);
const quarantine = command(
  'transaction.quarantine',
  `insert into transaction_conflict (id, transaction_id, body, body_hash, received_at) values ($1, $2, $3, $4, $5)
   on conflict do nothing`,
);

export function findOpenExceptions(reader: Reader, transactionIds: readonly string[]) {
  return reader.all(open, [transactionIds]);
}

export function resolveExceptions(tx: Writer, code: ExceptionCode, subjects: readonly string[], now: Date): void {
  if (subjects.length > 0) tx.defer(resolve, [code, subjects, now]);
}

/** Keeps another body that came under a known key; the same body is kept once. */
export function quarantineBody(
  tx: Writer,
  conflict: { id: string; transactionId: string; body: string; bodyHash: string; receivedAt: Date },
): void {
  tx.defer(quarantine, [conflict.id, conflict.transactionId, conflict.body, conflict.bodyHash, conflict.receivedAt]);
}
