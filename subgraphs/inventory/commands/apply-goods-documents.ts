// The event door of the ledger: sales and returns move stock. Nothing is refused: an unknown SKU gets its position, a position may
// fall below 0, and a sale that takes what was reserved stands and says so.
import type { Writer } from '#platform/db/database.ts';
import type { SubgraphDependencies } from '#platform/graphql/subgraph-module.ts';
import { newId } from '#platform/kernel/ids.ts';
import { postingEvents, shortageEvent } from '../events.ts';
import { type GoodsDocument, otherUnits, postGoods, touched } from '../goods-movement.ts';
import type { Posting } from '../position.ts';
import { lockPositions, savePostings } from '../repository/positions.ts';
import { readHeld } from '../repository/reservations.ts';
import { detectShortage, mayBeShort } from '../shortage.ts';

/** Set-based: a batch of documents is one lock, one insert, one update and one append, however many lines it has. */
export async function applyGoodsDocuments(
  { outbox, clock, logger }: SubgraphDependencies,
  tx: Writer,
  documents: readonly GoodsDocument[],
): Promise<void> {
  const wanted = touched(documents);
  if (wanted.length === 0) return;
  const now = clock.now();
  const positions = await lockPositions(tx, wanted, now);
  const mismatches = otherUnits(positions, documents);
  if (mismatches.length > 0) logger.warn({ lines: mismatches.slice(0, 20) }, 'lines in another unit than their stock');
  const postings = postGoods(positions, documents, newId);
  const shortages = await shortagesOf(tx, postings, now);
  savePostings(tx, postings, { actor: 'order', at: now });
  outbox.append(tx, [...postingEvents(postings, now), ...shortages], now);
}

async function shortagesOf(tx: Writer, postings: readonly Posting[], now: Date) {
  const suspects = postings.filter(mayBeShort);
  if (suspects.length === 0) return [];
  const held = await readHeld(
    tx,
    suspects.map(({ after }) => after),
  );
  return suspects.flatMap((posting) => {
    const { sku, location, version } = posting.after;
    const here = held.filter((reservation) => reservation.sku === sku && reservation.location === location);
    const shortage = detectShortage(posting, here, now);
    return shortage ? [shortageEvent(shortage, version)] : [];
  });
}
