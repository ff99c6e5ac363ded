// Gives back what a reservation holds. Refuses one that has ended; one whose time is over ends here as expired.
import { z } from 'zod';
import { idempotencyKey, shortText } from '#contracts/inputs.ts';
import type { Writer } from '#platform/db/database.ts';
import { idempotently } from '#platform/db/idempotency.ts';
import { parse } from '#platform/errors/parse.ts';
import type { CommandContext } from '#platform/graphql/context.ts';
import { newId } from '#platform/kernel/ids.ts';
import { postingEvents, reservationEvent } from '../events.ts';
import { keptOutcome } from '../kept-outcome.ts';
import { reservationNotFound } from '../rejections.ts';
import { lockPositionOfReservation, savePostings } from '../repository/positions.ts';
import { readReservation, saveReservations } from '../repository/reservations.ts';
import { decideRelease, type ReleaseOutcome } from '../reservation.ts';
import { endIfDue } from './due-reservation.ts';
import { requireReservation } from './guards.ts';

const inputSchema = z.object({ idempotencyKey, reservationId: shortText });
type Input = Omit<z.output<typeof inputSchema>, 'idempotencyKey'>;

export async function releaseReservation(context: CommandContext, rawInput: unknown) {
  const { idempotencyKey: key, ...input } = parse(inputSchema, rawInput);
  const now = context.clock.now();
  return idempotently(
    context.db,
    { clientId: context.principal.clientId, operation: 'releaseReservation', key, input, now },
    { run: (tx) => release(context, tx, input, now), ...keptOutcome<ReleaseOutcome>() },
  );
}

async function release(context: CommandContext, tx: Writer, input: Input, now: Date): Promise<ReleaseOutcome> {
  const locked = await lockPositionOfReservation(tx, input.reservationId);
  // Read after the position is locked: the row is then as the last one who held the lock left it.
  const found = locked && (await readReservation(tx, input.reservationId));
  if (!found) return reservationNotFound(input.reservationId);
  requireReservation(context, found);
  const { reservation, position } = endIfDue(context, tx, locked, found, now);
  const { outcome, posting } = decideRelease(position, reservation, newId(), now);
  if (outcome.__typename !== 'ReservationReleased' || !posting) return outcome;
  savePostings(tx, [posting], { actor: context.principal.sub, at: now });
  saveReservations(tx, [outcome.reservation], now);
  const released = reservationEvent('released', outcome.reservation, posting.after.version, now);
  context.outbox.append(tx, [...postingEvents([posting], now), released], now);
  return outcome;
}
