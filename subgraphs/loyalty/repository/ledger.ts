// SQL of accounts and their ledger. Accounts are locked in the order of their ids.
import type { Reader, Writer } from '#platform/db/database.ts';
import { command, type RawRow, statement } from '#platform/db/statement.ts';
import type { LoyaltyAccount, PointsEntry } from '../points.ts';

const whole = (value: unknown) => BigInt(value as string);

// The rows are our own tables', typed by their constraints.
function toAccount(row: RawRow): LoyaltyAccount {
  const { available, pending, held, debt } = row;
  return {
    id: row.id as string,
    customerId: row.customer_id as string,
    program: row.program as string,
    tier: row.tier as string,
    enrolledAt: row.enrolled_at as Date,
    balances: { available: whole(available), pending: whole(pending), held: whole(held), debt: whole(debt) },
    version: row.version as number,
  };
}

function toEntry(row: RawRow): PointsEntry {
  return {
    id: row.id as string,
    accountId: row.account_id as string,
    entryNo: row.entry_no as number,
    kind: row.kind as PointsEntry['kind'],
    points: whole(row.points),
    debit: row.debit as PointsEntry['debit'],
    credit: row.credit as PointsEntry['credit'],
    source: {
      system: row.source_system as string,
      transaction: row.source_transaction as string,
      line: row.source_line as number | null,
    },
    rule: row.rule as string,
    reverses: row.reverses as string | null,
    orderId: row.order_id as string,
    occurredAt: row.occurred_at as Date,
  };
}

const accountColumns = 'id, customer_id, program, tier, enrolled_at, available, pending, held, debt, version';
const entryColumns = `id, account_id, entry_no, kind, points, debit, credit, source_system, source_transaction, source_line, rule,
  reverses, order_id, occurred_at`;

const byIds = statement('account.byIds', `select ${accountColumns} from loyalty_account where id = any($1)`, toAccount);
const byCustomers = statement(
  'account.byCustomers',
  `select ${accountColumns} from loyalty_account where customer_id = any($1)`,
  toAccount,
);
const lock = statement(
  'account.lock',
  `select ${accountColumns} from loyalty_account where id = any($1) order by id for no key update`,
  toAccount,
);
const insertAccounts = command(
  'account.open',
  `insert into loyalty_account (id, customer_id, program, tier, enrolled_at, version, updated_at)
   select *, $7::timestamptz
   from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::int[]) on conflict (customer_id) do nothing`,
);
const updateAccounts = command(
  'account.update',
  `update loyalty_account a set available = n.available, pending = n.pending, held = n.held, debt = n.debt,
     version = n.version, updated_at = $7
   from unnest($1::text[], $2::numeric[], $3::numeric[], $4::numeric[], $5::numeric[], $6::int[])
     as n (id, available, pending, held, debt, version) where a.id = n.id`,
);
const insertEntries = command(
  'entry.insert',
  `insert into points_entry (${entryColumns}, recorded_at)
   select *, $15::timestamptz from unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::numeric[], $6::text[], $7::text[],
     $8::text[], $9::text[], $10::int[], $11::text[], $12::text[], $13::text[], $14::timestamptz[])`,
);
const entryPage = statement(
  'entry.page',
  `select ${entryColumns} from points_entry where account_id = $1 and entry_no < $2 order by entry_no desc limit $3`,
  toEntry,
);

export function readAccounts(reader: Reader, ids: readonly string[]): Promise<LoyaltyAccount[]> {
  return reader.all(byIds, [ids]);
}

export function readAccountsOfCustomers(reader: Reader, customerIds: readonly string[]): Promise<LoyaltyAccount[]> {
  return reader.all(byCustomers, [customerIds]);
}

export function lockAccounts(tx: Writer, ids: readonly string[]): Promise<LoyaltyAccount[]> {
  return tx.all(lock, [[...new Set(ids)].sort()]);
}

/** Customers who have an account keep theirs. */
export function saveOpenedAccounts(tx: Writer, accounts: readonly LoyaltyAccount[], now: Date): void {
  if (accounts.length === 0) return;
  const column = <T>(pick: (account: LoyaltyAccount) => T) => accounts.map(pick);
  tx.defer(insertAccounts, [
    column(({ id }) => id),
    column(({ customerId }) => customerId),
    column(({ program }) => program),
    column(({ tier }) => tier),
    column(({ enrolledAt }) => enrolledAt),
    column(({ version }) => version),
    now,
  ]);
}

export function saveBalances(tx: Writer, accounts: readonly LoyaltyAccount[], now: Date): void {
  const column = <T>(pick: (account: LoyaltyAccount) => T) => accounts.map(pick);
  tx.defer(updateAccounts, [
    column(({ id }) => id),
    column(({ balances }) => String(balances.available)),
    column(({ balances }) => String(balances.pending)),
    column(({ balances }) => String(balances.held)),
    column(({ balances }) => String(balances.debt)),
    column(({ version }) => version),
    now,
  ]);
}

export function saveEntries(tx: Writer, entries: readonly PointsEntry[], now: Date): void {
  const column = <T>(pick: (entry: PointsEntry) => T) => entries.map(pick);
  tx.defer(insertEntries, [
    column(({ id }) => id),
    column(({ accountId }) => accountId),
    column(({ entryNo }) => entryNo),
    column(({ kind }) => kind),
    column(({ points }) => String(points)),
    column(({ debit }) => debit),
    column(({ credit }) => credit),
    column(({ source }) => source.system),
    column(({ source }) => source.transaction),
    column(({ source }) => source.line),
    column(({ rule }) => rule),
    column(({ reverses }) => reverses),
    column(({ orderId }) => orderId),
    column(({ occurredAt }) => occurredAt),
    now,
  ]);
}

/** Entries of one account with a lower number, newest first. */
export function readEntryPage(reader: Reader, accountId: string, below: number, limit: number): Promise<PointsEntry[]> {
  return reader.all(entryPage, [accountId, below, limit]);
}
