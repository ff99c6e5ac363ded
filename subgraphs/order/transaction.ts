// A store transaction: the ticket as captured, POSLog-shaped. It is never changed; what is wrong with it stands beside it.
import { canonicalJson, sha256Hex } from '#platform/kernel/canonical.ts';
import type { TransactionException } from './order.ts';
import type { Ticket } from './ticket.ts';

export interface StoreTransaction {
  readonly id: string;
  /** The UUID the till made. */
  readonly transactionId: string;
  readonly type: 'SALE' | 'RETURN';
  readonly location: string;
  readonly workstation: string;
  readonly sequence: number;
  readonly businessDate: string;
  readonly occurredAt: Date;
  readonly receivedAt: Date;
  readonly currency: string;
  readonly grandTotal: bigint;
  readonly offline: boolean;
  readonly training: boolean;
  readonly lateArrival: boolean;
  readonly bodyHash: string;
  readonly orderId: string | null;
  readonly returnId: string | null;
  /** What is wrong with it, where that has just been found; read for any other. */
  readonly exceptions?: readonly TransactionException[];
}

const hashes = new WeakMap<Ticket, string>();

/** The same ticket has the same hash, whoever sends it and under whichever idempotency key. */
export function hashTicket(ticket: Ticket): string {
  const known = hashes.get(ticket);
  if (known !== undefined) return known;
  // `offline` says how the ticket came, not what it says: a till may send the same ticket again when it is back.
  const hash = sha256Hex(canonicalJson({ ...ticket, offline: undefined }));
  hashes.set(ticket, hash);
  return hash;
}

export function toTransaction(
  ticket: Ticket,
  made: { id: string; type: 'SALE' | 'RETURN'; orderId: string | null; returnId: string | null },
  found: readonly TransactionException[],
  receivedAt: Date,
): StoreTransaction {
  return {
    ...made,
    transactionId: ticket.transactionId,
    location: ticket.location,
    workstation: ticket.workstation,
    sequence: ticket.sequence,
    businessDate: ticket.businessDate,
    occurredAt: ticket.occurredAt,
    receivedAt,
    currency: ticket.currency,
    grandTotal: ticket.grandTotal,
    offline: ticket.offline,
    training: ticket.training,
    lateArrival: found.some((exception) => exception.code === 'DAY_CLOSED'),
    bodyHash: hashTicket(ticket),
    exceptions: found,
  };
}
