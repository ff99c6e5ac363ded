// What this subgraph keeps of others' facts: which SKUs and GTINs exist, how they may come back, which customers are known.
// Written by events only; read when a ticket arrives.
import type { Reader, Writer } from '#platform/db/database.ts';
import { command, statement } from '#platform/db/statement.ts';
import type { ReturnPolicy } from './return.ts';

const skus = statement(
  'projection.skus',
  'select sku from known_variant where sku = any($1)',
  (row) => row.sku as string,
);
const gtins = statement('projection.gtins', 'select gtin, sku from known_gtin where gtin = any($1)', (row) => ({
  gtin: row.gtin as string,
  sku: row.sku as string,
}));
const policies = statement(
  'projection.policies',
  'select sku, returnable, return_window_days from known_variant where sku = any($1)',
  (row) => ({
    sku: row.sku as string,
    returnable: row.returnable as boolean,
    windowDays: row.return_window_days as number,
  }),
);
const customerById = statement(
  'projection.customerById',
  'select customer_id from known_customer where customer_id = $1',
  (row) => row.customer_id as string,
);
const customerByIdentity = statement(
  'projection.customerByIdentity',
  'select customer_id from known_identity where identity_hash = $1',
  (row) => row.customer_id as string,
);

export function findKnownSkus(reader: Reader, wanted: readonly string[]): Promise<string[]> {
  return reader.all(skus, [wanted]);
}

export async function findSkusByGtin(reader: Reader, wanted: readonly string[]): Promise<Map<string, string>> {
  if (wanted.length === 0) return new Map();
  return new Map((await reader.all(gtins, [wanted])).map((row) => [row.gtin, row.sku]));
}

export async function findReturnPolicies(
  reader: Reader,
  wanted: readonly string[],
): Promise<Map<string, ReturnPolicy>> {
  return new Map((await reader.all(policies, [wanted])).map((row) => [row.sku, row]));
}

export async function findKnownCustomer(
  reader: Reader,
  id: string | null,
  identityHash: string | null,
): Promise<string | null> {
  if (id !== null) return (await reader.one(customerById, [id])) ?? null;
  if (identityHash !== null) return (await reader.one(customerByIdentity, [identityHash])) ?? null;
  return null;
}

// No day has a negative number: these two are nobody else's lock.
const lock = command('projection.lock', 'select pg_advisory_xact_lock(-1, 1)');
const share = command('projection.share', 'select pg_advisory_xact_lock_shared(-1, 1)');

/**
 * For a ticket that names what is not known: what is being learnt meanwhile is known when this answers, and what is learnt later
 * finds the ticket. Taken before an order is locked, as learning does.
 */
export function awaitLearning(tx: Writer): Promise<number> {
  return tx.run(share);
}

/** Waits for tickets being written that name what is not known. */
export function excludeUnknowing(tx: Writer): Promise<number> {
  return tx.run(lock);
}

const upsertVariants = command(
  'projection.upsertVariants',
  `insert into known_variant (sku, product_id, returnable, return_window_days, track_inventory, version)
   select * from unnest($1::text[], $2::text[], $3::boolean[], $4::int[], $5::boolean[], $6::int[])
   on conflict (sku) do update set product_id = excluded.product_id, returnable = excluded.returnable,
     return_window_days = excluded.return_window_days, track_inventory = excluded.track_inventory, version = excluded.version`,
);
const upsertGtins = command(
  'projection.upsertGtins',
  `insert into known_gtin (gtin, sku) select * from unnest($1::text[], $2::text[])
   on conflict (gtin) do update set sku = excluded.sku`,
);
const upsertCustomers = command(
  'projection.upsertCustomers',
  `insert into known_customer (customer_id, version) select * from unnest($1::text[], $2::int[])
   on conflict (customer_id) do update set version = excluded.version`,
);
const upsertIdentities = command(
  'projection.upsertIdentities',
  `insert into known_identity (identity_hash, customer_id) select * from unnest($1::text[], $2::text[])
   on conflict (identity_hash) do update set customer_id = excluded.customer_id`,
);
const adoptOrders = command(
  'projection.adoptOrders',
  `update sales_order o set customer_id = k.customer_id, version = o.version + 1
   from known_identity k
   where o.customer_identity_hash = any($1) and o.customer_id is null and k.identity_hash = o.customer_identity_hash`,
);
const adoptNamed = command(
  'projection.adoptNamed',
  `update sales_order o set customer_id = e.subject, version = o.version + 1
   from transaction_exception e join store_transaction t on t.id = e.transaction_id
   where e.code = 'UNKNOWN_CUSTOMER' and e.subject = any($1) and e.resolved_at is null
     and o.id = t.order_id and o.customer_id is null`,
);
const adoptReturns = command(
  'projection.adoptReturns',
  `update return_case r set customer_id = coalesce(k.customer_id, e.subject), version = r.version + 1
   from transaction_exception e join store_transaction t on t.id = e.transaction_id
     left join known_identity k on k.identity_hash = e.subject
   where e.code = 'UNKNOWN_CUSTOMER' and e.subject = any($1) and e.resolved_at is null
     and r.id = t.return_id and r.customer_id is null`,
);
const adoptReturnsOfOrders = command(
  'projection.adoptReturnsOfOrders',
  `update return_case r set customer_id = o.customer_id, version = r.version + 1
   from sales_order o where o.customer_id = any($1) and r.order_id = o.id and r.customer_id is null`,
);
const namedLines = `select t.order_id, t.return_id, e.line_no, g.sku
   from transaction_exception e join store_transaction t on t.id = e.transaction_id join known_gtin g on g.gtin = e.subject
   where e.code = 'UNKNOWN_GTIN' and e.subject = any($1) and e.resolved_at is null`;
// The order before its lines, as those lock them who take goods back.
const touchNamed = command(
  'projection.touchNamed',
  `update sales_order o set version = o.version + 1 where o.id in (select order_id from (${namedLines}) n)`,
);
const touchNamedReturns = command(
  'projection.touchNamedReturns',
  `update return_case r set version = r.version + 1 where r.id in (select return_id from (${namedLines}) n)`,
);
const nameLines = command(
  'projection.nameLines',
  `update order_line l set sku = n.sku from (${namedLines}) n
   where l.order_id = n.order_id and l.line_no = n.line_no and l.sku is null`,
);
const nameReturnLines = command(
  'projection.nameReturnLines',
  `update return_line l set sku = n.sku from (${namedLines}) n
   where l.return_id = n.return_id and l.line_no = n.line_no and l.sku is null`,
);

export interface KnownVariant {
  readonly sku: string;
  readonly productId: string;
  readonly gtins: readonly string[];
  readonly returnable: boolean;
  readonly returnWindowDays: number;
  readonly trackInventory: boolean;
  readonly version: number;
}

/** The last of several facts about one thing; one statement may touch a row only once. */
function latest<T>(facts: readonly T[], keyOf: (fact: T) => string): T[] {
  return [...new Map(facts.map((fact) => [keyOf(fact), fact])).values()];
}

export function learnVariants(tx: Writer, facts: readonly KnownVariant[]): void {
  const variants = latest(facts, (variant) => variant.sku);
  tx.defer(upsertVariants, [
    variants.map((variant) => variant.sku),
    variants.map((variant) => variant.productId),
    variants.map((variant) => variant.returnable),
    variants.map((variant) => variant.returnWindowDays),
    variants.map((variant) => variant.trackInventory),
    variants.map((variant) => variant.version),
  ]);
  const known = variants.flatMap((variant) => variant.gtins.map((gtin) => [gtin, variant.sku] as const));
  const pairs = latest(known, ([gtin]) => gtin);
  if (pairs.length === 0) return;
  tx.defer(upsertGtins, [pairs.map(([gtin]) => gtin), pairs.map(([, sku]) => sku)]);
  const learnt = [pairs.map(([gtin]) => gtin)];
  for (const naming of [touchNamed, nameLines, touchNamedReturns, nameReturnLines]) tx.defer(naming, learnt);
}

export interface KnownCustomer {
  readonly customerId: string;
  readonly identityHashes: readonly string[];
  readonly version: number;
}

/** Learns customers, and gives orders that named them before they were known to them. */
export function learnCustomers(tx: Writer, facts: readonly KnownCustomer[]): void {
  const customers = latest(facts, (customer) => customer.customerId);
  tx.defer(upsertCustomers, [
    customers.map((customer) => customer.customerId),
    customers.map((customer) => customer.version),
  ]);
  const known = customers.flatMap(({ customerId, identityHashes }) =>
    identityHashes.map((hash) => [hash, customerId] as const),
  );
  const pairs = latest(known, ([hash]) => hash);
  const [hashes, ids] = [pairs.map(([hash]) => hash), customers.map((customer) => customer.customerId)];
  if (pairs.length > 0) tx.defer(upsertIdentities, [hashes, pairs.map(([, id]) => id)]);
  tx.defer(adoptNamed, [ids]);
  tx.defer(adoptOrders, [hashes]);
  tx.defer(adoptReturns, [[...ids, ...hashes]]);
  tx.defer(adoptReturnsOfOrders, [ids]);
}
