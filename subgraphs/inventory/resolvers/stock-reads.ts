// Reading positions of several SKUs at once, at all locations or at some.
import { z } from 'zod';
import { sku } from '#contracts/identifiers.ts';
import { parse } from '#platform/errors/parse.ts';
import type { InventoryLoaders } from '../loaders.ts';
import type { Position } from '../position.ts';

const MOST_SKUS = 200;

const skusSchema = z.object({
  skus: z.array(sku).max(MOST_SKUS, { error: `must name at most ${MOST_SKUS} SKUs` }),
});

export async function positionsOf(
  loaders: InventoryLoaders,
  asked: readonly string[],
  locations: readonly string[] | null | undefined,
): Promise<Position[]> {
  const { skus } = parse(skusSchema, { skus: asked });
  const bySku = await Promise.all([...new Set(skus)].map((one) => loaders.positionsOfSku.load(one)));
  return positionsAt(bySku.flat(), locations);
}

export function positionsAt(
  positions: readonly Position[],
  locations: readonly string[] | null | undefined,
): Position[] {
  return positions.filter(({ location }) => !locations || locations.includes(location));
}
