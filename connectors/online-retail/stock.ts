// Stock as the graph tells it. Whole units: the form sells nothing by weight.
import { parseMilli } from '#platform/kernel/quantity.ts';
import type { Graph } from './graph.ts';

const MOST_SKUS = 200;

const STOCK = `query ReplayStock($skus: [ID!]!, $location: Gln!) {
  stockPositions(skus: $skus, locations: [$location]) { sku onHand { value } }
}`;

interface Answer {
  readonly stockPositions: readonly { readonly sku: string; readonly onHand: { readonly value: string } }[];
}

/** Units on hand by SKU; a SKU to which nothing ever happened there is left out. */
export async function readOnHand(
  graph: Graph,
  skus: readonly string[],
  location: string,
): Promise<Map<string, bigint>> {
  const found = new Map<string, bigint>();
  for (let from = 0; from < skus.length; from += MOST_SKUS) {
    const variables = { skus: skus.slice(from, from + MOST_SKUS), location };
    const { stockPositions } = await graph.execute<Answer>(STOCK, variables);
    for (const { sku, onHand } of stockPositions) found.set(sku, (parseMilli(onHand.value) ?? 0n) / 1_000n);
  }
  return found;
}
