// Records what was sold at a till. Refuses only a ticket that cannot be understood or that contradicts a recorded one; anything
// else wrong with it is kept beside it as exceptions, and holds it from posting.
import { z } from 'zod';
import { idempotencyKey } from '#contracts/inputs.ts';
import { saleRecorded } from '#contracts/order.ts';
import type { Reader, Writer } from '#platform/db/database.ts';
import {
  type IdempotencyConflict,
  type IdempotentWork,
  idempotently,
  type StoredOutcome,
} from '#platform/db/idempotency.ts';
import { parse } from '#platform/errors/parse.ts';
import type { CommandContext } from '#platform/graphql/context.ts';
import { newId } from '#platform/kernel/ids.ts';
import { formatMinor } from '#platform/kernel/money.ts';
import { formatMilli } from '#platform/kernel/quantity.ts';
import { event, type NewEvent } from '#platform/messaging/contract.ts';
import { decideSale, type Order, totalsOf } from '../order.ts';
import { findOrders, insertOrder } from '../repository/orders.ts';
import { findTransactions, insertTransaction } from '../repository/transactions.ts';
import { type SaleTicket, saleTicket } from '../ticket.ts';
import { hashTicket, type StoreTransaction, toTransaction } from '../transaction.ts';
import {
  type Arrival,
  lateEvents,
  readArrival,
  recogniseTicket,
  requireOwnLocation,
  type TransactionConflict,
  ticketLock,
} from './tickets.ts';

export interface SaleRecorded {
  readonly __typename: 'SaleRecorded';
  readonly transaction: StoreTransaction;
  readonly order: Order;
  readonly duplicate: boolean;
}

export type SaleOutcome = SaleRecorded | TransactionConflict;

const keyed = z.object({ idempotencyKey });

/** Records one sale under its idempotency key. Throws BAD_USER_INPUT, FORBIDDEN for another shop's ticket. */
export async function recordSale(context: CommandContext, input: unknown): Promise<SaleOutcome | IdempotencyConflict> {
  const ticket = parse(saleTicket, input);
  const { idempotencyKey: key } = parse(keyed, input);
  requireOwnLocation(context, ticket.location);
  const now = context.clock.now();
  const scope = { clientId: context.principal.clientId, operation: 'recordSale', key, input: hashTicket(ticket), now };
  return idempotently(context.db, scope, saleWork(context, ticket, now), ticketLock(ticket));
}

/** The body of both doors. */
export function saleWork(context: CommandContext, ticket: SaleTicket, now: Date): IdempotentWork<SaleOutcome, Arrival> {
  return {
    load: (tx) => readArrival(context, tx, ticket),
    run: (tx, arrival) => writeSale(context, tx, ticket, arrival, now),
    keep: keepSale,
    restore: restoreSale,
  };
}

async function writeSale(
  context: CommandContext,
  tx: Writer,
  ticket: SaleTicket,
  { same, known }: Arrival,
  now: Date,
): Promise<SaleOutcome> {
  const recognised = recogniseTicket(tx, ticket, same, now);
  if (recognised && 'conflict' in recognised) return recognised.conflict;
  if (recognised) return { ...(await loadSale(tx, recognised.duplicateOf)), duplicate: true };

  const { order, exceptions } = decideSale(ticket, known, newId());
  const made = { id: newId(), type: 'SALE' as const, orderId: order.id, returnId: null };
  const transaction = toTransaction(ticket, made, exceptions, now);
  insertOrder(tx, order);
  insertTransaction(tx, transaction, ticket.tenders, exceptions);
  // Training tickets are kept and shown, and move neither goods nor points.
  if (!ticket.training) {
    context.outbox.append(tx, [saleEvent(order, transaction, ticket), ...(await lateEvents(tx, transaction))], now);
  }
  return { __typename: 'SaleRecorded', transaction, order, duplicate: false };
}

function saleEvent(order: Order, transaction: StoreTransaction, ticket: SaleTicket): NewEvent {
  const amount = (minor: bigint) => formatMinor(minor, order.currency);
  return event(saleRecorded, {
    key: order.id,
    sequence: order.version,
    occurredAt: order.placedAt,
    data: {
      orderId: order.id,
      number: order.number,
      transactionId: transaction.id,
      location: order.location,
      businessDate: order.businessDate,
      occurredAt: order.placedAt.toISOString(),
      currency: order.currency,
      // Whoever keeps points may know the customer before we do, or wait for it as we do.
      customerId: order.customerId ?? ticket.customer?.id ?? null,
      customerIdentityHash: order.customerIdentityHash,
      net: amount(totalsOf(order).net),
      grandTotal: amount(order.grandTotal),
      lines: order.lines.map((line) => ({
        lineNo: line.lineNo,
        sku: line.sku,
        quantity: formatMilli(line.quantity.milli),
        uom: line.quantity.uom,
        net: amount(line.net),
        gross: amount(line.gross),
      })),
      version: order.version,
    },
  });
}

async function loadSale(reader: Reader, transaction: StoreTransaction): Promise<SaleRecorded> {
  const [order] = transaction.orderId === null ? [] : await findOrders(reader, [transaction.orderId]);
  if (!order) throw new TypeError(`sale ${transaction.id} has no order`);
  return { __typename: 'SaleRecorded', transaction, order, duplicate: false };
}

function keepSale(outcome: SaleOutcome): StoredOutcome {
  const duplicate = outcome.__typename === 'SaleRecorded' && outcome.duplicate;
  const message = outcome.__typename === 'TransactionConflict' ? outcome.message : undefined;
  return { type: outcome.__typename, transactionId: outcome.transaction.id, duplicate, message };
}

const stored = z.object({
  type: z.string(),
  transactionId: z.string(),
  duplicate: z.boolean(),
  message: z.string().optional(),
});

async function restoreSale(outcome: StoredOutcome, reader: Reader): Promise<SaleOutcome> {
  const kept = stored.parse(outcome);
  const [transaction] = await findTransactions(reader, [kept.transactionId]);
  if (!transaction) throw new TypeError(`transaction ${kept.transactionId} of a stored outcome is missing`);
  if (kept.type === 'TransactionConflict') {
    const message = kept.message ?? '';
    return { __typename: 'TransactionConflict', code: 'TRANSACTION_CONFLICT', message, transaction };
  }
  return { ...(await loadSale(reader, transaction)), duplicate: kept.duplicate };
}
