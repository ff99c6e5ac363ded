// Records what came back to a till, with or without a receipt. What happened has happened: an unknown sale or more than it had
// left is an exception beside the ticket.
import { returnReceived } from '#contracts/order.ts';
import type { Reader, Writer } from '#platform/db/database.ts';
import type { CommandContext } from '#platform/graphql/context.ts';
import { newId } from '#platform/kernel/ids.ts';
import { formatMinor } from '#platform/kernel/money.ts';
import { formatMilli } from '#platform/kernel/quantity.ts';
import type { EventContract, NewEvent } from '#platform/messaging/contract.ts';
import type { Order } from '../order.ts';
import { creditOrder, lockOrder } from '../repository/orders.ts';
import { findReturns, insertReturn } from '../repository/returns.ts';
import { findByUuid, insertTransaction } from '../repository/transactions.ts';
import type { Return } from '../return.ts';
import { decideReturnTicket, originalFor } from '../return-ticket.ts';
import type { ReturnTicket } from '../ticket.ts';
import { type StoreTransaction, toTransaction } from '../transaction.ts';
import { lateEvents, readArrival, recogniseTicket, type TransactionConflict } from './tickets.ts';

export interface ReturnRecorded {
  readonly __typename: 'ReturnRecorded';
  readonly transaction: StoreTransaction;
  readonly return: Return;
  readonly duplicate: boolean;
}

export type ReturnOutcome = ReturnRecorded | TransactionConflict;

/** Writes a return ticket inside the caller's transaction. */
export async function writeReturn(
  context: CommandContext,
  tx: Writer,
  ticket: ReturnTicket,
  now: Date,
): Promise<ReturnOutcome> {
  const { same, known } = await readArrival(context, tx, ticket);
  const recognised = recogniseTicket(tx, ticket, same, now);
  if (recognised && 'conflict' in recognised) return recognised.conflict;
  if (recognised) return { ...(await loadReturn(tx, recognised.duplicateOf)), duplicate: true };

  const original = originalFor(ticket, await lockOriginal(tx, ticket));
  const { returned, exceptions, credited, refunded } = decideReturnTicket(ticket, known, original, newId());
  const made = { id: newId(), type: 'RETURN' as const, orderId: null, returnId: returned.id };
  const transaction = toTransaction(ticket, made, exceptions, now);
  insertTransaction(tx, transaction, ticket.tenders, exceptions);
  const kept = { ...returned, transactionId: transaction.id };
  insertReturn(tx, kept);
  if (original) {
    const credits = [...credited].map(([lineNo, milli]) => ({ lineNo, returned: milli, pending: 0n }));
    creditOrder(tx, original.id, credits, refunded);
  }
  if (!ticket.training) {
    context.outbox.append(
      tx,
      [returnEvent(returnReceived, kept, original), ...(await lateEvents(tx, transaction))],
      now,
    );
  }
  return { __typename: 'ReturnRecorded', transaction, return: kept, duplicate: false };
}

async function lockOriginal(tx: Writer, ticket: ReturnTicket): Promise<Order | undefined> {
  if (ticket.original === null) return undefined;
  const { orderId, transactionId } = ticket.original;
  if (orderId) return lockOrder(tx, orderId);
  const sale = transactionId ? await findByUuid(tx, transactionId.toLowerCase()) : undefined;
  return sale?.orderId ? lockOrder(tx, sale.orderId) : undefined;
}

type ReturnContract = EventContract<string, (typeof returnReceived)['schema']['_output']>;

/** The state of a return as an event; ordered with its order's events when it has one. */
export function returnEvent(contract: ReturnContract, returned: Return, order: Order | undefined): NewEvent {
  const amount = (minor: bigint) => formatMinor(minor, returned.currency);
  return {
    contract,
    key: returned.orderId ?? returned.id,
    sequence: order ? order.version + 1 : returned.version,
    occurredAt: returned.occurredAt,
    data: {
      returnId: returned.id,
      orderId: returned.orderId,
      transactionId: returned.transactionId,
      location: returned.location,
      occurredAt: returned.occurredAt.toISOString(),
      currency: returned.currency,
      customerId: returned.customerId,
      customerIdentityHash: returned.customerIdentityHash,
      lines: returned.lines.map((line) => ({
        lineNo: line.lineNo,
        orderLineNo: line.orderLineNo,
        sku: line.sku,
        quantity: formatMilli(line.quantity.milli),
        uom: line.quantity.uom,
        net: amount(line.net),
        gross: amount(line.gross),
        disposition: line.disposition,
      })),
      version: returned.version,
    } satisfies ReturnContract['schema']['_output'],
  };
}

export async function loadReturn(reader: Reader, transaction: StoreTransaction): Promise<ReturnRecorded> {
  const [returned] = transaction.returnId === null ? [] : await findReturns(reader, [transaction.returnId]);
  if (!returned) throw new TypeError(`return ticket ${transaction.id} has no return`);
  return { __typename: 'ReturnRecorded', transaction, return: returned, duplicate: false };
}
