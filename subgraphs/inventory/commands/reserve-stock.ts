// Sets stock aside for a holder until a time. Grants the whole quantity or nothing, never beyond what is available at the
// reservation's own position, whose row it holds locked.
import { z } from 'zod';
import { gln, sku } from '#contracts/identifiers.ts';
import { idempotencyKey, positiveQuantity, shortText } from '#contracts/inputs.ts';
import { holderKinds } from '#contracts/inventory.ts';
import type { Writer } from '#platform/db/database.ts';
import { idempotently } from '#platform/db/idempotency.ts';
import { parse } from '#platform/errors/parse.ts';
import type { CommandContext } from '#platform/graphql/context.ts';
import { newId } from '#platform/kernel/ids.ts';
import { quantity } from '#platform/kernel/quantity.ts';
import { postingEvents, reservationEvent } from '../events.ts';
import { keptOutcome } from '../kept-outcome.ts';
import { joined, type Position } from '../position.ts';
import { lockSituation, savePostings } from '../repository/positions.ts';
import { readDue, saveHold, saveReservations } from '../repository/reservations.ts';
import { decideReserve, expire, type ReserveOutcome, type ReserveRequest } from '../reservation.ts';
import { ttlSeconds } from '../time-to-live.ts';

const inputSchema = z.object({
  idempotencyKey,
  sku,
  location: gln,
  quantity: positiveQuantity,
  holder: z.object({ kind: z.enum(holderKinds), id: shortText }),
  ttlSeconds,
  channel: shortText.nullish(),
});
type Input = Omit<z.output<typeof inputSchema>, 'idempotencyKey'>;

/** More due ones than this at one position are the sweeper's. */
const MOST_EXPIRED = 100;

export async function reserveStock(context: CommandContext, rawInput: unknown) {
  const { idempotencyKey: key, ...input } = parse(inputSchema, rawInput);
  const { clientId } = context.principal;
  const now = context.clock.now();
  return idempotently(
    context.db,
    { clientId, operation: 'reserveStock', key, input, now },
    { run: (tx) => reserve(context, tx, input, now), ...keptOutcome<ReserveOutcome>() },
  );
}

async function reserve(context: CommandContext, tx: Writer, input: Input, now: Date): Promise<ReserveOutcome> {
  const request = toRequest(context, input, now);
  const situation = await lockSituation(tx, input);
  const first = decideReserve(situation, request);
  if (first.outcome.__typename === 'OutOfStock' && situation.position) {
    return reserveWhatIsDue(context, tx, { ...situation, position: situation.position }, request, now);
  }
  if (first.outcome.__typename !== 'StockReserved' || !first.posting) return first.outcome;
  const { outcome, posting } = first;
  saveHold(tx, outcome.reservation, posting, { actor: context.principal.sub, at: now });
  const events = [
    ...postingEvents([posting], now),
    reservationEvent('held', outcome.reservation, posting.after.version, now),
  ];
  context.outbox.append(tx, events, now);
  return outcome;
}

/**
 * Too little is available, but reservations whose time is over may still wait for the sweeper: they end here, and what they held
 * can be had at once. Read in a statement of its own: only one that begins under the lock sees all that was written before it.
 */
async function reserveWhatIsDue(
  context: CommandContext,
  tx: Writer,
  situation: Parameters<typeof decideReserve>[0] & { position: Position },
  request: ReserveRequest,
  now: Date,
): Promise<ReserveOutcome> {
  const recorded = { actor: context.principal.sub, at: now };
  const due = await readDue(tx, [situation], now, MOST_EXPIRED);
  const ended = expire(situation.position, due, now, newId);
  const { outcome, posting } = decideReserve({ ...situation, position: ended.posting.after }, request);
  savePostings(tx, [ended.posting], recorded);
  saveReservations(tx, ended.expired, now);
  const version = (posting ?? ended.posting).after.version;
  const events = [
    ...postingEvents([posting ? joined(ended.posting, posting) : ended.posting], now),
    ...ended.expired.map((reservation) => reservationEvent('expired', reservation, version, now)),
  ];
  if (outcome.__typename === 'StockReserved' && posting) {
    saveHold(tx, outcome.reservation, posting, recorded);
    events.push(reservationEvent('held', outcome.reservation, version, now));
  }
  context.outbox.append(tx, events, now);
  return outcome;
}

function toRequest({ principal }: CommandContext, input: Input, now: Date): ReserveRequest {
  const { milli, uom } = input.quantity;
  return {
    movementId: newId(),
    reservation: {
      id: newId(),
      sku: input.sku,
      location: input.location,
      quantity: quantity(milli, uom),
      holder: input.holder,
      channel: input.channel ?? null,
      expiresAt: new Date(now.getTime() + input.ttlSeconds * 1_000),
      createdAt: now,
      clientId: principal.clientId,
      customerId: principal.customerId ?? null,
    },
  };
}
