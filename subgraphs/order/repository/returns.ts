// SQL of returns with their lines. A return is read whole.

import { z } from 'zod';
import { dispositions } from '#contracts/order.ts';
import type { Reader, Writer } from '#platform/db/database.ts';
import { command, type RawRow, statement } from '#platform/db/statement.ts';
import { formatMilli } from '#platform/kernel/quantity.ts';
import type { Tender } from '../order.ts';
import type { Return, ReturnLine } from '../return.ts';
import { milliOf } from './orders.ts';

const disposition = z.enum(dispositions);

type Head = Omit<Return, 'lines'>;

function toHead(row: RawRow): Head {
  return {
    id: row.id as string,
    orderId: row.order_id as string | null,
    transactionId: row.transaction_id as string | null,
    location: row.location as string,
    customerId: row.customer_id as string | null,
    customerIdentityHash: row.customer_identity_hash as string | null,
    currency: row.currency as string,
    status: row.status as Return['status'],
    occurredAt: row.occurred_at as Date,
    refund: row.refund_minor as bigint,
    version: row.version as number,
  };
}

function toLine(row: RawRow): ReturnLine & { readonly returnId: string } {
  return {
    returnId: row.return_id as string,
    lineNo: row.line_no as number,
    orderLineNo: row.order_line_no as number | null,
    sku: row.sku as string | null,
    description: row.description as string | null,
    quantity: { milli: milliOf(row.quantity), uom: row.uom as string },
    reasonCode: row.reason_code as string | null,
    condition: row.condition as string | null,
    disposition: disposition.parse(row.disposition),
    net: row.net_minor as bigint,
    tax: row.tax_minor as bigint,
    gross: row.gross_minor as bigint,
  };
}

const headColumns = `id, order_id, transaction_id, location, customer_id, customer_identity_hash, currency, status, occurred_at,
  refund_minor, version`;
const heads = statement('return.heads', `select ${headColumns} from return_case where id = any($1)`, toHead);
const ofOrders = statement(
  'return.ofOrders',
  'select id, order_id from return_case where order_id = any($1) order by id',
  (row) => ({ id: row.id as string, orderId: row.order_id as string }),
);
const lines = statement(
  'return.lines',
  `select return_id, line_no, order_line_no, sku, description, quantity, uom, reason_code, condition, disposition, net_minor,
     tax_minor, gross_minor
   from return_line where return_id = any($1) order by return_id, line_no`,
  toLine,
);

export async function findReturns(reader: Reader, ids: readonly string[]): Promise<Return[]> {
  const [headRows, lineRows] = await Promise.all([reader.all(heads, [ids]), reader.all(lines, [ids])]);
  const linesOf = Map.groupBy(lineRows, (line) => line.returnId);
  return headRows.map((head) => ({ ...head, lines: linesOf.get(head.id) ?? [] }));
}

export function findReturnIdsOfOrders(reader: Reader, orderIds: readonly string[]) {
  return reader.all(ofOrders, [orderIds]);
}

const insert = command(
  'return.insert',
  `insert into return_case (${headColumns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
);
const update = command(
  'return.update',
  `update return_case set location = $2, status = $3, occurred_at = $4, refund_minor = $5, version = $6 where id = $1`,
);
const clearLines = command('return.clearLines', 'delete from return_line where return_id = $1');
const insertLines = command(
  'return.insertLines',
  `insert into return_line (return_id, line_no, order_line_no, sku, description, quantity, uom, reason_code, condition,
     disposition, net_minor, tax_minor, gross_minor)
   select $1, l.* from unnest($2::int[], $3::int[], $4::text[], $5::text[], $6::numeric[], $7::text[], $8::text[], $9::text[],
     $10::text[], $11::bigint[], $12::bigint[], $13::bigint[]) as l`,
);

const refundStatement = command(
  'return.insertRefunds',
  `insert into refund_tender (return_id, tender_no, location, business_date, currency, type, amount_minor, reference)
   select $1, t.no, $2, $3, $4, t.type, t.amount, t.reference
   from unnest($5::int[], $6::text[], $7::bigint[], $8::text[]) as t (no, type, amount, reference)`,
);

/** The money given back for it, in the shop's day it left the till. */
export function insertRefunds(tx: Writer, returned: Return, businessDate: string, refunds: readonly Tender[]): void {
  if (refunds.length === 0) return;
  tx.defer(refundStatement, [
    ...[returned.id, returned.location, businessDate, returned.currency],
    refunds.map((_, index) => index + 1),
    refunds.map((refund) => refund.type),
    refunds.map((refund) => refund.amount),
    refunds.map((refund) => refund.reference),
  ]);
}

function writeLines(tx: Writer, returned: Return): void {
  const column = <T>(pick: (line: ReturnLine) => T) => returned.lines.map(pick);
  tx.defer(insertLines, [
    returned.id,
    column((line) => line.lineNo),
    column((line) => line.orderLineNo),
    column((line) => line.sku),
    column((line) => line.description),
    column((line) => formatMilli(line.quantity.milli)),
    column((line) => line.quantity.uom),
    column((line) => line.reasonCode),
    column((line) => line.condition),
    column((line) => line.disposition),
    column((line) => line.net),
    column((line) => line.tax),
    column((line) => line.gross),
  ]);
}

export function insertReturn(tx: Writer, returned: Return): void {
  const r = returned;
  tx.defer(insert, [
    r.id,
    r.orderId,
    r.transactionId,
    r.location,
    r.customerId,
    r.customerIdentityHash,
    r.currency,
    r.status,
    r.occurredAt,
    r.refund,
    r.version,
  ]);
  writeLines(tx, returned);
}

/** Replaces an announced return by what came in. */
export function updateReturn(tx: Writer, returned: Return): void {
  const r = returned;
  tx.defer(update, [r.id, r.location, r.status, r.occurredAt, r.refund, r.version]);
  tx.defer(clearLines, [r.id]);
  writeLines(tx, returned);
}
