// Goods came in, or stock was there when we began (opening). The feed of a system of record says so, and what has arrived has
// arrived: a SKU that the product feed has not told of yet gets its position all the same.
import { z } from 'zod';
import { gln, sku } from '#contracts/identifiers.ts';
import { idempotencyKey, positiveQuantity, shortText } from '#contracts/inputs.ts';
import type { Writer } from '#platform/db/database.ts';
import { idempotently } from '#platform/db/idempotency.ts';
import { parse } from '#platform/errors/parse.ts';
import type { CommandContext } from '#platform/graphql/context.ts';
import { newId } from '#platform/kernel/ids.ts';
import { postingEvents } from '../events.ts';
import { decideReceipt, type GoodsDocument, touched } from '../goods-movement.ts';
import { keptOutcome } from '../kept-outcome.ts';
import type { Position } from '../position.ts';
import { type UnitMismatch, type UnknownLocation, unknownLocation } from '../rejections.ts';
import { readLocations } from '../repository/master-data.ts';
import { lockPositions, savePostings } from '../repository/positions.ts';
import { requireSystem } from './guards.ts';

const MOST_LINES = 1_000;

const inputSchema = z.object({
  idempotencyKey,
  location: gln,
  documentRef: shortText,
  occurredAt: z.date(),
  opening: z
    .boolean()
    .nullish()
    .transform((opening) => opening ?? false),
  lines: z
    .array(z.object({ sku, quantity: positiveQuantity }))
    .min(1, { error: 'must have at least one line' })
    .max(MOST_LINES, { error: `must have at most ${MOST_LINES} lines; send the rest under another key` }),
});
type Input = Omit<z.output<typeof inputSchema>, 'idempotencyKey'>;

export interface StockReceived {
  readonly __typename: 'StockReceived';
  readonly positions: readonly Position[];
}
export type ReceiveOutcome = StockReceived | UnknownLocation | UnitMismatch;

export async function receiveStock(context: CommandContext, rawInput: unknown) {
  const { idempotencyKey: key, ...input } = parse(inputSchema, rawInput);
  requireSystem(context, 'receiveStock');
  const now = context.clock.now();
  return idempotently(
    context.db,
    { clientId: context.principal.clientId, operation: 'receiveStock', key, input, now },
    { run: (tx) => receive(context, tx, input, now), ...keptOutcome<ReceiveOutcome>() },
  );
}

async function receive(context: CommandContext, tx: Writer, input: Input, now: Date): Promise<ReceiveOutcome> {
  const [known] = await readLocations(tx, [input.location]);
  if (!known) return unknownLocation(input.location);
  const receipt = toDocument(input);
  const positions = await lockPositions(tx, touched([receipt]), now);
  const decision = decideReceipt(positions, receipt, newId);
  if (!Array.isArray(decision)) return decision;
  savePostings(tx, decision, { actor: context.principal.sub, at: now });
  context.outbox.append(tx, postingEvents(decision, now), now);
  return { __typename: 'StockReceived', positions: decision.map(({ after }) => after) };
}

function toDocument({ opening, documentRef, location, occurredAt, lines }: Input): GoodsDocument {
  const moved = lines.map((line) => ({ sku: line.sku, delta: line.quantity.milli, uom: line.quantity.uom }));
  return { type: opening ? 'OPENING' : 'RECEIPT', documentRef, location, occurredAt, lines: moved };
}
