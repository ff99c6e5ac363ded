// The live end of the ledger: stockChanged. Public, as catalogue reads are. Never goes back: what a snapshot told is not told
// again in an older state.
import { z } from 'zod';
import { gln, sku } from '#contracts/identifiers.ts';
import { positionChanged } from '#contracts/inventory.ts';
import { parse } from '#platform/errors/parse.ts';
import type { PayloadOf, StoredEvent } from '#platform/messaging/contract.ts';
import { openLogCursor, signLogCursor } from '#platform/messaging/cursor.ts';
import { mapStream } from '#platform/messaging/stream.ts';
import type { InventoryContext } from '../loaders.ts';
import { type Position, type PositionFilter, thousandths } from '../position.ts';
import { pullThenStream } from './pull-then-stream.ts';

export interface StockChanged {
  readonly cursor: string;
  readonly occurredAt: Date;
  readonly snapshot: boolean;
  readonly position: Position;
}

const MOST_FILTERED = 1_000;
const SNAPSHOT_PAGE = 500;

const filterSchema = z.object({
  skus: z
    .array(sku)
    .max(MOST_FILTERED, { error: `must name at most ${MOST_FILTERED} SKUs` })
    .nullish(),
  locations: z
    .array(gln)
    .max(MOST_FILTERED, { error: `must name at most ${MOST_FILTERED} locations` })
    .nullish(),
  after: z.string().nullish(),
});

export async function stockChanged(
  args: unknown,
  context: InventoryContext,
): Promise<AsyncIterableIterator<StockChanged>> {
  const { skus = null, locations = null, after } = parse(filterSchema, args);
  const { tail, keys } = context;
  const from = after ? openLogCursor(keys.cursor, after) : undefined;
  const { events, snapshot, identity } = await tail.subscribe(wantedBy({ skus, locations }), from);
  const { logId, epoch } = identity;
  const cursorAt = (position: number) => signLogCursor(keys.cursor, { logId, epoch, position });
  const told = new Map<string, number>();
  const live = mapStream(events, (stored) => {
    const position = toPosition(stored);
    if (position.version <= (told.get(stored.key) ?? 0)) return undefined;
    return { cursor: cursorAt(stored.position), occurredAt: stored.recordedAt, snapshot: false, position };
  });
  if (!snapshot || !after) return live;
  const present = presentStates(context, { skus, locations }, after, cursorAt(identity.head), told);
  return pullThenStream(present, live);
}

function wantedBy({ skus, locations }: PositionFilter): (event: StoredEvent) => boolean {
  const [ofSkus, ofLocations] = [skus && new Set(skus), locations && new Set(locations)];
  return ({ type, data }) => {
    if (type !== positionChanged.name) return false;
    const { sku: one, location } = data as PayloadOf<typeof positionChanged>;
    return (!ofSkus || ofSkus.has(one)) && (!ofLocations || ofLocations.has(location));
  };
}

/**
 * How it is now, page by page. Only the last state carries a cursor to go on from; who leaves before it has missed states and
 * gets a snapshot again, because the others carry the cursor that called for this one.
 */
function presentStates(
  { loaders, clock }: InventoryContext,
  filter: PositionFilter,
  cursorBefore: string,
  cursorBehind: string,
  told: Map<string, number>,
): () => Promise<StockChanged | undefined> {
  let page: Position[] = [];
  let next = 0;
  let full = true;
  return async () => {
    if (next >= page.length - 1 && full) {
      // The last state is held back until it is known whether another one follows.
      const held = page.slice(next);
      const behind = held.at(-1) ?? { sku: '', location: '' };
      const more = await loaders.positionPage(filter, behind, SNAPSHOT_PAGE);
      full = more.length === SNAPSHOT_PAGE;
      page = [...held, ...more];
      next = 0;
    }
    const position = page[next];
    if (!position) return undefined;
    next += 1;
    told.set(`${position.sku}@${position.location}`, position.version);
    const last = next === page.length && !full;
    return { cursor: last ? cursorBehind : cursorBefore, occurredAt: clock.now(), snapshot: true, position };
  };
}

function toPosition({ data }: StoredEvent): Position {
  const { sku: one, location, uom, onHand, reserved, version } = parse(positionChanged.schema, data);
  return { sku: one, location, uom, onHand: thousandths(onHand), reserved: thousandths(reserved), version };
}
