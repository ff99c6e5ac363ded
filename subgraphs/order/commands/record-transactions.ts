// Records a batch of tickets, each in a transaction of its own, in the order given: one that cannot be understood says so in its
// place and does not hold up its neighbours. Sent again, the tickets recognise themselves.
import { z } from 'zod';
import { idempotencyKey } from '#contracts/inputs.ts';
import type { Reader } from '#platform/db/database.ts';
import {
  type IdempotencyConflict,
  type IdempotencyScope,
  idempotently,
  type StoredOutcome,
} from '#platform/db/idempotency.ts';
import { InvalidInput } from '#platform/errors/fault.ts';
import { parse } from '#platform/errors/parse.ts';
import type { CommandContext } from '#platform/graphql/context.ts';
import { type Rejected, reject } from '../rejections.ts';
import { findTransactions } from '../repository/transactions.ts';
import { returnTicket, saleTicket, type Ticket } from '../ticket.ts';
import { hashTicket } from '../transaction.ts';
import { loadReturn, type ReturnOutcome, writeReturn } from './record-return.ts';
import { type SaleOutcome, saleWork } from './record-sale.ts';
import { requireOwnLocation, ticketLock } from './tickets.ts';

export interface TransactionInvalid extends Rejected<'TransactionInvalid'> {
  readonly issues: readonly { readonly path: string; readonly message: string }[];
}

export type TransactionOutcome = SaleOutcome | ReturnOutcome | TransactionInvalid;

export interface TransactionsRecorded {
  readonly __typename: 'TransactionsRecorded';
  readonly results: readonly TransactionOutcome[];
}

const MOST_TICKETS = 100;

const batch = z.object({
  idempotencyKey,
  transactions: z
    .array(z.object({ sale: z.unknown().optional(), return: z.unknown().optional() }))
    .min(1, { error: 'must have at least one ticket' })
    .max(MOST_TICKETS, { error: `must have at most ${MOST_TICKETS} tickets a call` }),
});

/** Records the tickets one after the other; answers one result per ticket, in their order. */
export async function recordTransactions(
  context: CommandContext,
  input: unknown,
): Promise<TransactionsRecorded | IdempotencyConflict> {
  const { transactions, idempotencyKey: key } = parse(batch, input);
  requireOwnLocations(context, transactions);
  const claimed = await claimBatch(context, key, transactions);
  if (claimed) return claimed;
  const results: TransactionOutcome[] = [];
  for (const [index, ticket] of transactions.entries()) {
    try {
      results.push(await recordOne(context, ticket, `${key}#${index}`));
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      results.push({ ...reject('TransactionInvalid', 'TRANSACTION_INVALID', error.message), issues: error.issues });
    }
  }
  return { __typename: 'TransactionsRecorded', results };
}

const place = z.object({ location: z.string() });

/** Before anything is written: a batch with another shop's ticket is refused whole, not halfway through. */
function requireOwnLocations(context: CommandContext, tickets: readonly { sale?: unknown; return?: unknown }[]): void {
  for (const ticket of tickets) {
    const { success, data } = place.safeParse(ticket.sale ?? ticket.return);
    if (success) requireOwnLocation(context, data.location);
  }
}

/** Another batch under the key is refused before any of its tickets is written. */
async function claimBatch(
  context: CommandContext,
  key: string,
  tickets: unknown,
): Promise<IdempotencyConflict | undefined> {
  const { clientId } = context.principal;
  const scope = { clientId, operation: 'recordTransactions batch', key, input: tickets, now: context.clock.now() };
  const claim = { type: 'Claimed' };
  const outcome = await idempotently(context.db, scope, {
    run: () => Promise.resolve(claim),
    keep: () => claim,
    restore: () => Promise.resolve(claim),
  });
  return '__typename' in outcome ? outcome : undefined;
}

async function recordOne(
  context: CommandContext,
  ticket: { sale?: unknown; return?: unknown },
  key: string,
): Promise<TransactionOutcome> {
  const isSale = ticket.sale !== undefined && ticket.sale !== null;
  const isReturn = ticket.return !== undefined && ticket.return !== null;
  if (isSale === isReturn) {
    throw new InvalidInput([{ path: '', message: 'must have exactly one of sale and return' }]);
  }
  const outcome = await (isSale
    ? recordSaleTicket(context, ticket.sale, key)
    : recordReturnTicket(context, ticket.return, key));
  if (outcome.__typename === 'IdempotencyConflict')
    throw new TypeError(`ticket ${key} differs although its batch is the same`);
  return outcome;
}

function scopeOf(context: CommandContext, key: string, ticket: Ticket, now: Date): IdempotencyScope {
  return { clientId: context.principal.clientId, operation: 'recordTransactions', key, input: hashTicket(ticket), now };
}

function recordSaleTicket(context: CommandContext, input: unknown, key: string) {
  const sale = parse(saleTicket, input);
  const now = context.clock.now();
  const scope = scopeOf(context, key, sale, now);
  return idempotently(context.db, scope, saleWork(context, sale, now), ticketLock(sale));
}

function recordReturnTicket(context: CommandContext, input: unknown, key: string) {
  const ticket = parse(returnTicket, input);
  const now = context.clock.now();
  const scope = scopeOf(context, key, ticket, now);
  const work = {
    run: (tx: Parameters<typeof writeReturn>[1]) => writeReturn(context, tx, ticket, now),
    keep: keepReturn,
    restore: restoreReturn,
  };
  return idempotently(context.db, scope, work, ticketLock(ticket));
}

function keepReturn(outcome: ReturnOutcome): StoredOutcome {
  const duplicate = outcome.__typename === 'ReturnRecorded' && outcome.duplicate;
  return { type: outcome.__typename, transactionId: outcome.transaction.id, duplicate };
}

const stored = z.object({ type: z.string(), transactionId: z.string(), duplicate: z.boolean() });

async function restoreReturn(outcome: StoredOutcome, reader: Reader): Promise<ReturnOutcome> {
  const kept = stored.parse(outcome);
  const [transaction] = await findTransactions(reader, [kept.transactionId]);
  if (!transaction) throw new TypeError(`transaction ${kept.transactionId} of a stored outcome is missing`);
  if (kept.type === 'TransactionConflict')
    return { ...reject('TransactionConflict', 'TRANSACTION_CONFLICT'), transaction };
  return { ...(await loadReturn(reader, transaction)), duplicate: kept.duplicate };
}
