// Ends the reservations whose time is over: the sweeper's work, safe to run in several processes at once.
import type { SubgraphDependencies } from '#platform/graphql/subgraph-module.ts';
import { newId } from '#platform/kernel/ids.ts';
import { postingEvents, reservationEvent } from '../events.ts';
import { lockPositionsDue, savePostings } from '../repository/positions.ts';
import { readDue, saveReservations } from '../repository/reservations.ts';
import { expire } from '../reservation.ts';

const MOST_PER_RUN = 200;

/** Answers how many reservations it ended. */
export function expireReservations({ db, outbox, clock }: SubgraphDependencies): Promise<number> {
  return db.transaction('expireReservations', async (tx) => {
    const now = clock.now();
    const positions = await lockPositionsDue(tx, now, MOST_PER_RUN);
    if (positions.length === 0) return 0;
    const due = await readDue(tx, positions, now, MOST_PER_RUN);
    const ended = positions.map((position) => {
      const here = due.filter(({ sku, location }) => sku === position.sku && location === position.location);
      return expire(position, here, now, newId);
    });
    savePostings(
      tx,
      ended.map(({ posting }) => posting),
      { actor: 'sweeper', at: now },
    );
    saveReservations(
      tx,
      ended.flatMap(({ expired }) => expired),
      now,
    );
    const events = ended.flatMap(({ posting, expired }) => [
      ...postingEvents([posting], now),
      ...expired.map((reservation) => reservationEvent('expired', reservation, posting.after.version, now)),
    ]);
    outbox.append(tx, events, now);
    return due.length;
  });
}
