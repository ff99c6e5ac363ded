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
import { dayKey } from '../business-day.ts';
import { catalogueExceptions, type Knowledge } from '../order.ts';
import { awaitLearning, findKnownCustomer, findKnownSkus, findSkusByGtin } from '../projections.ts';
import { type Rejected, reject } from '../rejections.ts';
import { dayLock, findBusinessDay, touchClosedDay } from '../repository/business-days.ts';
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

type LinedTicket = Ticket & { readonly lines: readonly (TicketLine & { readonly lineNo: number })[] };
type Known = Omit<Knowledge, 'dayClosed'>;

/** Reads, in one round trip, everything a decision about the ticket needs; in two more where it names what is not known. */
export async function readArrival(context: CommandContext, tx: Writer, ticket: LinedTicket): Promise<Arrival> {
  const [same, day, found] = await Promise.all([
    findSame(tx, ticket),
    findBusinessDay(tx, ticket.location, ticket.businessDate),
    readKnown(context, tx, ticket),
  ]);
  const known = knowsAll(ticket, found) ? found : await readWhenLearnt(context, tx, ticket);
  return { same, known: { ...known, dayClosed: day?.status === 'CLOSED' } };
}

async function readKnown(context: CommandContext, tx: Writer, ticket: LinedTicket): Promise<Known> {
  const identity = ticket.customer?.identity ?? null;
  const hash = identity === null ? null : identityHash(context.keys.identity, identity);
  const skus = new Set(ticket.lines.flatMap((line) => line.sku ?? []));
  const bareGtins = new Set(ticket.lines.flatMap((line) => (line.sku === null ? (line.gtin ?? []) : [])));
  const [knownSkus, gtins, customerId] = await Promise.all([
    findKnownSkus(tx, [...skus]),
    findSkusByGtin(tx, [...bareGtins]),
    findKnownCustomer(tx, ticket.customer?.id ?? null, hash),
  ]);
  return { skus: new Set(knownSkus), gtins, customerId, customerIdentityHash: hash };
}

function knowsAll(ticket: LinedTicket, known: Known): boolean {
  return (
    (ticket.customer === null || known.customerId !== null) && catalogueExceptions(ticket.lines, known).length === 0
  );
}

async function readWhenLearnt(context: CommandContext, tx: Writer, ticket: LinedTicket): Promise<Known> {
  await awaitLearning(tx);
  return readKnown(context, tx, ticket);
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

/** What a ticket of a closed day has to tell: its day changed by it. Waits for other late tickets of the day. */
export async function lateEvents(tx: Writer, transaction: StoreTransaction): Promise<NewEvent[]> {
  if (!transaction.lateArrival) return [];
  const { id: transactionId, location, businessDate, receivedAt } = transaction;
  const sequence = await touchClosedDay(tx, location, businessDate);
  const data = { transactionId, location, businessDate, receivedAt: receivedAt.toISOString() };
  return [event(transactionLate, { key: dayKey(location, businessDate), sequence, occurredAt: receivedAt, data })];
}
