// SQL of orders with their lines and tenders. An order is read whole: three statements for any number of orders.
import type { Reader, Writer } from '#platform/db/database.ts';
import { command, type RawRow, statement } from '#platform/db/statement.ts';
import { formatDecimal, parseDecimal } from '#platform/kernel/decimal.ts';
import { formatMilli, parseMilli } from '#platform/kernel/quantity.ts';
import type { LineCredit, Order, OrderLine, Tender } from '../order.ts';
import { TAX_SCALE, type TenderType } from '../ticket.ts';

// Rows come from our own tables, whose constraints hold the types the casts below name.
export function milliOf(value: unknown): bigint {
  const milli = parseMilli(value as string);
  if (milli === null) throw new TypeError(`${String(value)} is no numeric(18,3)`);
  return milli;
}

type Head = Omit<Order, 'lines' | 'tenders'>;

function toHead(row: RawRow): Head {
  return {
    id: row.id as string,
    number: row.number as string,
    origin: row.origin as Order['origin'],
    location: row.location as string,
    customerId: row.customer_id as string | null,
    customerIdentityHash: row.customer_identity_hash as string | null,
    placedAt: row.placed_at as Date,
    businessDate: row.business_date as string,
    currency: row.currency as string,
    status: row.status as Order['status'],
    grandTotal: row.grand_total_minor as bigint,
    refunded: row.refunded_minor as bigint,
    training: row.training as boolean,
    version: row.version as number,
  };
}

function toLine(row: RawRow): OrderLine & { readonly orderId: string } {
  return {
    orderId: row.order_id as string,
    lineNo: row.line_no as number,
    sku: row.sku as string | null,
    description: row.description as string | null,
    quantity: { milli: milliOf(row.quantity), uom: row.uom as string },
    unitPrice: row.unit_price_minor as bigint,
    discount: row.discount_minor as bigint,
    taxRate: parseDecimal(row.tax_rate as string, TAX_SCALE) ?? 0n,
    net: row.net_minor as bigint,
    tax: row.tax_minor as bigint,
    gross: row.gross_minor as bigint,
    returned: milliOf(row.quantity_returned),
    returnPending: milliOf(row.quantity_return_pending),
  };
}

function toTender(row: RawRow): Tender & { readonly orderId: string } {
  return {
    orderId: row.order_id as string,
    type: row.type as TenderType,
    amount: row.amount_minor as bigint,
    reference: row.reference as string | null,
  };
}

const headColumns = `id, number, origin, location, customer_id, customer_identity_hash, placed_at, business_date, currency,
  status, grand_total_minor, refunded_minor, training, version`;

const heads = statement('order.heads', `select ${headColumns} from sales_order where id = any($1)`, toHead);
const lockHead = statement('order.lock', `select ${headColumns} from sales_order where id = $1 for update`, toHead);
const lines = statement(
  'order.lines',
  `select order_id, line_no, sku, description, quantity, uom, unit_price_minor, discount_minor, tax_rate, net_minor,
     tax_minor, gross_minor, quantity_returned, quantity_return_pending
   from order_line where order_id = any($1) order by order_id, line_no`,
  toLine,
);
const tenders = statement(
  'order.tenders',
  `select order_id, type, amount_minor, reference from tender
   where order_id = any($1) and return_id is null order by transaction_id, tender_no`,
  toTender,
);
const idOfNumber = statement(
  'order.idOfNumber',
  'select id from sales_order where number = $1',
  (row) => row.id as string,
);
const list = statement(
  'order.list',
  `select id from sales_order
   where not training and ($1::text is null or location = $1) and ($2::text is null or customer_id = $2)
     and ($3::date is null or business_date = $3) and ($4::text is null or id < $4)
   order by id desc limit $5`,
  (row) => row.id as string,
);

export async function findOrders(reader: Reader, ids: readonly string[]): Promise<Order[]> {
  const [headRows, lineRows, tenderRows] = await Promise.all([
    reader.all(heads, [ids]),
    reader.all(lines, [ids]),
    reader.all(tenders, [ids]),
  ]);
  const linesOf = Map.groupBy(lineRows, (line) => line.orderId);
  const tendersOf = Map.groupBy(tenderRows, (tender) => tender.orderId);
  return headRows.map((head) => ({
    ...head,
    lines: linesOf.get(head.id) ?? [],
    tenders: tendersOf.get(head.id) ?? [],
  }));
}

/** The order, its row locked until the transaction ends. */
export async function lockOrder(tx: Writer, id: string): Promise<Order | undefined> {
  const head = await tx.one(lockHead, [id]);
  if (!head) return undefined;
  // After the lock: what the lines say now is what they will say until we are done.
  const [lineRows, tenderRows] = await Promise.all([tx.all(lines, [[id]]), tx.all(tenders, [[id]])]);
  return { ...head, lines: lineRows, tenders: tenderRows };
}

export function findOrderIdByNumber(reader: Reader, number: string): Promise<string | undefined> {
  return reader.one(idOfNumber, [number]);
}

export interface OrderFilter {
  readonly location: string | null;
  readonly customerId: string | null;
  readonly businessDate: string | null;
}

/** Ids of orders, newest first, after the given id. */
export function listOrderIds(
  reader: Reader,
  filter: OrderFilter,
  after: string | undefined,
  limit: number,
): Promise<string[]> {
  return reader.all(list, [filter.location, filter.customerId, filter.businessDate, after ?? null, limit]);
}

const insertHead = command(
  'order.insert',
  `insert into sales_order (id, number, origin, location, customer_id, customer_identity_hash, placed_at, business_date,
     currency, status, grand_total_minor, training, version)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
);
const insertLines = command(
  'order.insertLines',
  `insert into order_line (order_id, line_no, sku, description, quantity, uom, unit_price_minor, discount_minor, tax_rate,
     net_minor, tax_minor, gross_minor)
   select $1, l.* from unnest($2::int[], $3::text[], $4::text[], $5::numeric[], $6::text[], $7::bigint[], $8::bigint[],
     $9::numeric[], $10::bigint[], $11::bigint[], $12::bigint[]) as l`,
);

export function insertOrder(tx: Writer, order: Order): void {
  tx.defer(insertHead, [
    order.id,
    order.number,
    order.origin,
    order.location,
    order.customerId,
    order.customerIdentityHash,
    order.placedAt,
    order.businessDate,
    order.currency,
    order.status,
    order.grandTotal,
    order.training,
    order.version,
  ]);
  tx.defer(insertLines, [
    order.id,
    order.lines.map((line) => line.lineNo),
    order.lines.map((line) => line.sku),
    order.lines.map((line) => line.description),
    order.lines.map((line) => formatMilli(line.quantity.milli)),
    order.lines.map((line) => line.quantity.uom),
    order.lines.map((line) => line.unitPrice),
    order.lines.map((line) => line.discount),
    order.lines.map((line) => formatDecimal(line.taxRate, TAX_SCALE)),
    order.lines.map((line) => line.net),
    order.lines.map((line) => line.tax),
    order.lines.map((line) => line.gross),
  ]);
}

const credit = command(
  'order.creditLines',
  `update order_line l set quantity_returned = l.quantity_returned + c.returned,
     quantity_return_pending = l.quantity_return_pending + c.pending
   from unnest($2::int[], $3::numeric[], $4::numeric[]) as c (line_no, returned, pending)
   where l.order_id = $1 and l.line_no = c.line_no`,
);
const touch = command(
  'order.touch',
  'update sales_order set refunded_minor = refunded_minor + $2, version = version + 1 where id = $1',
);

/** Books returned quantities on the lines and refunded money on the order; raises its version by one. */
export function creditOrder(tx: Writer, orderId: string, credits: readonly LineCredit[], refund: bigint): void {
  tx.defer(touch, [orderId, refund]);
  tx.defer(credit, [
    orderId,
    credits.map((entry) => entry.lineNo),
    credits.map((entry) => formatMilli(entry.returned)),
    credits.map((entry) => formatMilli(entry.pending)),
  ]);
}
