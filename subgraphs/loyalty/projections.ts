// What this subgraph keeps of others' facts: whose identities are whose, which sales named a customer, what came back of orders.
// All of it is written under one lock: events of two logs have no common order, and a sale and its member must not miss each other.
import type { Reader, Writer } from '#platform/db/database.ts';
import { command, type RawRow, statement } from '#platform/db/statement.ts';
import type { Sale, SaleReturn } from './points.ts';

const whole = (value: unknown) => BigInt(value as string);

function toSale(row: RawRow): Sale {
  return {
    orderId: row.order_id as string,
    transactionId: row.transaction_id as string,
    customerId: row.customer_id as string | null,
    customerIdentityHash: row.customer_identity_hash as string | null,
    currency: row.currency as string,
    net: row.net_minor as bigint,
    occurredAt: row.occurred_at as Date,
    accountId: row.account_id as string | null,
    earnEntryId: row.earn_entry_id as string | null,
    points: whole(row.points),
    returned: row.returned_minor as bigint,
    reversed: whole(row.reversed),
  };
}

function toReturn(row: RawRow): SaleReturn {
  return {
    returnId: row.return_id as string,
    orderId: row.order_id as string,
    net: row.net_minor as bigint,
    occurredAt: row.occurred_at as Date,
  };
}

const saleColumns = `s.order_id, s.transaction_id, s.customer_id, s.customer_identity_hash, s.currency, s.net_minor, s.occurred_at,
  s.account_id, s.earn_entry_id, s.points, s.returned_minor, s.reversed`;

// Two consumers write here, of customers and of orders. Each looks for what the other wrote; without the lock both could look
// before either commits, and a sale would wait for ever beside its member.
const lock = command('projection.lock', `select pg_advisory_xact_lock(hashtext('loyalty projections'))`);

const upsertIdentities = command(
  'projection.learnIdentities',
  `insert into known_identity (identity_hash, customer_id) select * from unnest($1::text[], $2::text[])
   on conflict (identity_hash) do update set customer_id = excluded.customer_id`,
);
const accountsOfSales = statement(
  'projection.accountsOfSales',
  `select n.order_id, a.id as account_id
   from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) as n (order_id, customer_id, identity_hash, occurred_at)
   left join known_identity k on n.customer_id is null and k.identity_hash = n.identity_hash
   join loyalty_account a on a.customer_id = coalesce(n.customer_id, k.customer_id) and a.enrolled_at <= n.occurred_at`,
  (row) => [row.order_id as string, row.account_id as string] as const,
);
const insertSales = statement(
  'projection.insertSales',
  `insert into sale (order_id, transaction_id, customer_id, customer_identity_hash, currency, net_minor, occurred_at)
   select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::timestamptz[])
   on conflict (order_id) do nothing returning order_id`,
  (row) => row.order_id as string,
);
const salesOfOrders = statement(
  'projection.sales',
  `select ${saleColumns} from sale s where s.order_id = any($1)`,
  toSale,
);
const waitingSales = statement(
  'projection.waitingSales',
  `with member as (select id, customer_id, enrolled_at from loyalty_account where customer_id = any($1)),
   waiting as (
     select ${saleColumns}, member.id as member_id from member join sale s on s.customer_id = member.customer_id
     where s.account_id is null and s.occurred_at >= member.enrolled_at
     union all
     select ${saleColumns}, member.id from member join known_identity k on k.customer_id = member.customer_id
     join sale s on s.customer_identity_hash = k.identity_hash
     where s.account_id is null and s.customer_id is null and s.occurred_at >= member.enrolled_at
   )
   select * from waiting order by occurred_at, order_id`,
  (row) => ({ sale: toSale(row), accountId: row.member_id as string }),
);
const updateSales = command(
  'projection.updateSales',
  `update sale s set account_id = n.account_id, earn_entry_id = n.earn_entry_id, points = n.points,
     returned_minor = n.returned, reversed = n.reversed
   from unnest($1::text[], $2::text[], $3::text[], $4::numeric[], $5::bigint[], $6::numeric[])
     as n (order_id, account_id, earn_entry_id, points, returned, reversed) where s.order_id = n.order_id`,
);
const insertReturns = statement(
  'projection.insertReturns',
  `insert into sale_return (return_id, order_id, net_minor, occurred_at)
   select * from unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[]) on conflict (return_id) do nothing
   returning return_id`,
  (row) => row.return_id as string,
);
const returnsOfOrders = statement(
  'projection.returns',
  `select return_id, order_id, net_minor, occurred_at from sale_return where order_id = any($1) order by arrival`,
  toReturn,
);
const pointsOfOrders = statement(
  'projection.pointsOfOrders',
  `select s.order_id, s.points - s.reversed as points, a.customer_id
   from sale s join loyalty_account a on a.id = s.account_id where s.order_id = any($1)`,
  (row) => ({
    orderId: row.order_id as string,
    points: whole(row.points),
    customerId: row.customer_id as string,
  }),
);

/** Taken first by every writer of this file; held until the transaction ends. */
export function lockProjections(tx: Writer): void {
  tx.defer(lock);
}

/** Pairs of identity hash and customer id. */
export function learnIdentities(tx: Writer, pairs: ReadonlyMap<string, string>): void {
  if (pairs.size > 0) tx.defer(upsertIdentities, [[...pairs.keys()], [...pairs.values()]]);
}

/** Account ids by order id, of the sales whose member is known and was one at the time. */
export async function findAccountsOfSales(tx: Writer, sales: readonly Sale[]): Promise<Map<string, string>> {
  return new Map(
    await tx.all(accountsOfSales, [
      sales.map(({ orderId }) => orderId),
      sales.map(({ customerId }) => customerId),
      sales.map(({ customerIdentityHash }) => customerIdentityHash),
      sales.map(({ occurredAt }) => occurredAt),
    ]),
  );
}

/** Keeps sales; answers the order ids of those that were not known before. */
export async function saveNewSales(tx: Writer, sales: readonly Sale[]): Promise<Set<string>> {
  const column = <T>(pick: (sale: Sale) => T) => sales.map(pick);
  return new Set(
    await tx.all(insertSales, [
      column(({ orderId }) => orderId),
      column(({ transactionId }) => transactionId),
      column(({ customerId }) => customerId),
      column(({ customerIdentityHash }) => customerIdentityHash),
      column(({ currency }) => currency),
      column(({ net }) => net),
      column(({ occurredAt }) => occurredAt),
    ]),
  );
}

export function findSales(tx: Writer, orderIds: readonly string[]): Promise<Sale[]> {
  return tx.all(salesOfOrders, [orderIds]);
}

/** Sales without an account whose member is one of these customers, with that account; oldest first. */
export function findWaitingSales(tx: Writer, customerIds: readonly string[]) {
  return tx.all(waitingSales, [customerIds]);
}

export function saveSales(tx: Writer, sales: readonly Sale[]): void {
  const column = <T>(pick: (sale: Sale) => T) => sales.map(pick);
  tx.defer(updateSales, [
    column(({ orderId }) => orderId),
    column(({ accountId }) => accountId),
    column(({ earnEntryId }) => earnEntryId),
    column(({ points }) => String(points)),
    column(({ returned }) => returned),
    column(({ reversed }) => String(reversed)),
  ]);
}

/** Keeps returns; answers the ids of those that were not known before. */
export async function saveNewReturns(tx: Writer, returns: readonly SaleReturn[]): Promise<Set<string>> {
  return new Set(
    await tx.all(insertReturns, [
      returns.map(({ returnId }) => returnId),
      returns.map(({ orderId }) => orderId),
      returns.map(({ net }) => net),
      returns.map(({ occurredAt }) => occurredAt),
    ]),
  );
}

/** Returns by order id, in the order they arrived. */
export async function findReturns(tx: Writer, orderIds: readonly string[]): Promise<Map<string, SaleReturn[]>> {
  return Map.groupBy(await tx.all(returnsOfOrders, [orderIds]), ({ orderId }) => orderId);
}

/** What orders earned less what was taken back, and whose points they are. */
export function readPointsOfOrders(reader: Reader, orderIds: readonly string[]) {
  return reader.all(pointsOfOrders, [orderIds]);
}
