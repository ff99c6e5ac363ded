// Lets a reservation last longer. Refuses one that has ended; one whose time is over ends here, swept or not.
import { z } from 'zod';
import { idempotencyKey, shortText } from '#contracts/inputs.ts';
import type { Writer } from '#platform/db/database.ts';
import { idempotently } from '#platform/db/idempotency.ts';
import { parse } from '#platform/errors/parse.ts';
import type { CommandContext } from '#platform/graphql/context.ts';
import { reservationEvent } from '../events.ts';
import { keptOutcome } from '../kept-outcome.ts';
import { reservationNotFound } from '../rejections.ts';
import { lockPositionOfReservation } from '../repository/positions.ts';
import { readReservation, saveReservations } from '../repository/reservations.ts';
import { decideExtend, type ExtendOutcome } from '../reservation.ts';
import { ttlSeconds } from '../time-to-live.ts';
import { endIfDue } from './due-reservation.ts';
import { requireReservation } from './guards.ts';

const inputSchema = z.object({ idempotencyKey, reservationId: shortText, ttlSeconds });
type Input = Omit<z.output<typeof inputSchema>, 'idempotencyKey'>;

export async function extendReservation(context: CommandContext, rawInput: unknown) {
  const { idempotencyKey: key, ...input } = parse(inputSchema, rawInput);
  const now = context.clock.now();
  return idempotently(
    context.db,
    { clientId: context.principal.clientId, operation: 'extendReservation', key, input, now },
    { run: (tx) => extend(context, tx, input, now), ...keptOutcome<ExtendOutcome>() },
  );
}

async function extend(context: CommandContext, tx: Writer, input: Input, now: Date): Promise<ExtendOutcome> {
  const locked = await lockPositionOfReservation(tx, input.reservationId);
  // Read after the position is locked: the row is then as the last one who held the lock left it.
  const found = locked && (await readReservation(tx, input.reservationId));
  if (!found) return reservationNotFound(input.reservationId);
  requireReservation(context, found);
  const { reservation, position } = endIfDue(context, tx, locked, found, now);
  const outcome = decideExtend(reservation, new Date(now.getTime() + input.ttlSeconds * 1_000));
  if (outcome.__typename !== 'ReservationExtended') return outcome;
  saveReservations(tx, [outcome.reservation], now);
  context.outbox.append(tx, [reservationEvent('extended', outcome.reservation, position.version, now)], now);
  return outcome;
}
