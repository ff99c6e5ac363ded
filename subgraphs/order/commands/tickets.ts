// What recording any ticket shares: reading what is known when it arrives, recognising the same ticket, quarantining another
// body under a known key.
import { identityHash } from '#contracts/identities.ts';
import { transactionLate } from '#contracts/order.ts';
import type { Writer } from '#platform/db/database.ts';
import { forbidden } from '#platform/graphql/authorization.ts';
import type { CommandContext } from '#platform/graphql/context.ts';
import { canonicalJson } from '#platform/kernel/canonical.ts';
import { newId } from '#platform/kernel/ids.ts';
import { event, type NewEvent } from '#platform/messaging/contract.ts';
import type { Knowledge } from '../order.ts';
import { findKnownCustomer, findKnownSkus, findSkusByGtin } from '../projections.ts';
import { type Rejected, reject } from '../rejections.ts';
import { dayLock, findBusinessDay } from '../repository/business-days.ts';
import { findSame, quarantineBody } from '../repository/transactions.ts';
import type { Ticket } from '../ticket.ts';
import { hashTicket, type StoreTransaction } from '../transaction.ts';

export interface TransactionConflict extends Rejected<'TransactionConflict'> {
  readonly transaction: StoreTransaction;
}

interface TicketLine {
  readonly sku: string | null;
  readonly gtin: string | null;
}

/** A token bound to a shop records that shop's tickets only. */
export function requireOwnLocation(context: CommandContext, location: string): void {
  const own = context.principal.location;
  if (own === undefined || own === location) return;
  context.logger.warn({ sub: context.principal.sub, own, location }, 'write to another location refused');
  throw forbidden(`location: this token is bound to ${own}; it may not write for ${location}`);
}

export interface Arrival {
  readonly same: readonly StoreTransaction[];
  readonly known: Knowledge;
}

/** Reads, in one round trip, everything a decision about the ticket needs. */
export async function readArrival(
  context: CommandContext,
  tx: Writer,
  ticket: Ticket & { readonly lines: readonly TicketLine[] },
): Promise<Arrival> {
  const identity = ticket.customer?.identity ?? null;
  const hash = identity === null ? null : identityHash(context.keys.identity, identity);
  const skus = new Set(ticket.lines.flatMap((line) => line.sku ?? []));
  const bareGtins = new Set(ticket.lines.flatMap((line) => (line.sku === null ? (line.gtin ?? []) : [])));
  const [same, day, knownSkus, gtins, customerId] = await Promise.all([
    findSame(tx, ticket),
    findBusinessDay(tx, ticket.location, ticket.businessDate),
    findKnownSkus(tx, [...skus]),
    findSkusByGtin(tx, [...bareGtins]),
    findKnownCustomer(tx, ticket.customer?.id ?? null, hash),
  ]);
  const known = {
    skus: new Set(knownSkus),
    gtins,
    customerId,
    customerIdentityHash: hash,
    dayClosed: day?.status === 'CLOSED',
  };
  return { same, known };
}

/** The earlier transaction when the ticket is the same; a conflict when its keys belong to another body. */
export function recogniseTicket(
  tx: Writer,
  ticket: Ticket,
  same: readonly StoreTransaction[],
  now: Date,
): { duplicateOf: StoreTransaction } | { conflict: TransactionConflict } | undefined {
  const [first, second] = same;
  if (!first) return undefined;
  const bodyHash = hashTicket(ticket);
  if (!second && first.bodyHash === bodyHash && first.transactionId === ticket.transactionId)
    return { duplicateOf: first };
  const body = canonicalJson(ticket);
  quarantineBody(tx, { id: newId(), transactionId: first.id, body, bodyHash, receivedAt: now });
  const conflict = reject('TransactionConflict', 'TRANSACTION_CONFLICT');
  return { conflict: { ...conflict, transaction: first } };
}

/** Options of a transaction that writes a ticket: the day cannot be closed under it. */
export function ticketLock(ticket: Ticket): { sharedLock: [number, number] } {
  return { sharedLock: dayLock(ticket.location, ticket.businessDate) };
}

export function lateEvents(transaction: StoreTransaction): NewEvent[] {
  if (!transaction.lateArrival) return [];
  return [
    event(transactionLate, {
      key: `${transaction.location}@${transaction.businessDate}`,
      sequence: transaction.sequence,
      occurredAt: transaction.receivedAt,
      data: {
        transactionId: transaction.id,
        location: transaction.location,
        businessDate: transaction.businessDate,
        receivedAt: transaction.receivedAt.toISOString(),
      },
    }),
  ];
}
