// Corrects what is on hand, with a reason. Refuses SKUs and locations nobody told of, and tills of another location.
import { z } from 'zod';
import { gln, sku } from '#contracts/identifiers.ts';
import { idempotencyKey, shortText } from '#contracts/inputs.ts';
import type { Writer } from '#platform/db/database.ts';
import { idempotently } from '#platform/db/idempotency.ts';
import { parse } from '#platform/errors/parse.ts';
import type { CommandContext } from '#platform/graphql/context.ts';
import { newId } from '#platform/kernel/ids.ts';
import { postingEvents, shortageEvent } from '../events.ts';
import { keptOutcome } from '../kept-outcome.ts';
import { type Position, post } from '../position.ts';
import { lockPositions, lockSituation, savePostings } from '../repository/positions.ts';
import { readHeld } from '../repository/reservations.ts';
import { detectShortage, mayBeShort } from '../shortage.ts';
import { signedQuantity } from '../signed-quantity.ts';
import type { PlaceRefusal } from '../situation.ts';
import { refusePlace } from '../situation.ts';
import { requireLocation } from './guards.ts';

const inputSchema = z.object({
  idempotencyKey,
  sku,
  location: gln,
  delta: signedQuantity,
  reasonCode: shortText,
  documentRef: shortText.nullish(),
});
type Input = Omit<z.output<typeof inputSchema>, 'idempotencyKey'>;

export interface StockAdjusted {
  readonly __typename: 'StockAdjusted';
  readonly position: Position;
}
export type AdjustOutcome = StockAdjusted | PlaceRefusal;

export async function adjustStock(context: CommandContext, rawInput: unknown) {
  const { idempotencyKey: key, ...input } = parse(inputSchema, rawInput);
  requireLocation(context, input.location);
  const now = context.clock.now();
  return idempotently(
    context.db,
    { clientId: context.principal.clientId, operation: 'adjustStock', key, input, now },
    { run: (tx) => adjust(context, tx, input, now), ...keptOutcome<AdjustOutcome>() },
  );
}

async function adjust(context: CommandContext, tx: Writer, input: Input, now: Date): Promise<AdjustOutcome> {
  const { delta, reasonCode, documentRef } = input;
  const situation = await lockSituation(tx, input);
  const refused = refusePlace(situation, delta.uom);
  if (refused) return refused;
  const position = situation.position ?? (await lockPositions(tx, [{ ...situation, uom: delta.uom }], now))[0];
  if (!position) throw new TypeError(`No position of ${input.sku} could be made at ${input.location}`);
  const change = {
    id: newId(),
    type: 'ADJUST',
    delta: delta.milli,
    reasonCode,
    documentRef: documentRef ?? null,
  } as const;
  const posting = post(position, [{ ...change, reservationId: null, occurredAt: now }]);
  const shortage = mayBeShort(posting) ? detectShortage(posting, await readHeld(tx, [position]), now) : undefined;
  savePostings(tx, [posting], { actor: context.principal.sub, at: now });
  const { version } = posting.after;
  const events = [...postingEvents([posting], now), ...(shortage ? [shortageEvent(shortage, version)] : [])];
  context.outbox.append(tx, events, now);
  return { __typename: 'StockAdjusted', position: posting.after };
}
