// What the loyalty subgraph tells others: each movement of points, with the balances after it.
import { pointsPending, pointsReversed } from '#contracts/loyalty.ts';
import { event, type NewEvent } from '#platform/messaging/contract.ts';
import type { Balances, EntryKind, Movements } from './points.ts';

const contracts = { EARN_PENDING: pointsPending, REVERSE_EARN: pointsReversed };

/** The kind of entry an event tells of; undefined for events of other kinds. */
export function kindOf(type: string): EntryKind | undefined {
  if (type === pointsPending.name) return 'EARN_PENDING';
  return type === pointsReversed.name ? 'REVERSE_EARN' : undefined;
}

export function toText({ available, pending, held, debt }: Balances) {
  return { available: String(available), pending: String(pending), held: String(held), debt: String(debt) };
}

export function pointsEvent({ account, entry }: Movements): NewEvent {
  return event(contracts[entry.kind] as typeof pointsPending, {
    key: account.id,
    sequence: account.version,
    occurredAt: entry.occurredAt,
    data: {
      accountId: account.id,
      customerId: account.customerId,
      points: String(entry.points),
      orderId: entry.orderId,
      entryIds: [entry.id],
      balances: toText(account.balances),
      version: account.version,
    },
  });
}
