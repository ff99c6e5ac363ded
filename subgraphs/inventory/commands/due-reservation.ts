// A reservation whose time is over but that no sweeper came by yet: whoever finds it under the position's lock ends it.
import type { Writer } from '#platform/db/database.ts';
import type { CommandContext } from '#platform/graphql/context.ts';
import { newId } from '#platform/kernel/ids.ts';
import { postingEvents, reservationEvent } from '../events.ts';
import type { Position } from '../position.ts';
import { savePostings } from '../repository/positions.ts';
import { saveReservations } from '../repository/reservations.ts';
import { expire, isDue, type Reservation } from '../reservation.ts';

/** The reservation and its position as they are at `now`: written as expired when it is due, else as given. */
export function endIfDue(
  context: CommandContext,
  tx: Writer,
  position: Position,
  reservation: Reservation,
  now: Date,
): { reservation: Reservation; position: Position } {
  if (!isDue(reservation, now)) return { reservation, position };
  const { posting, expired } = expire(position, [reservation], now, newId);
  savePostings(tx, [posting], { actor: context.principal.sub, at: now });
  saveReservations(tx, expired, now);
  const told = expired.map((one) => reservationEvent('expired', one, posting.after.version, now));
  context.outbox.append(tx, [...postingEvents([posting], now), ...told], now);
  return { reservation: expired[0] ?? reservation, position: posting.after };
}
