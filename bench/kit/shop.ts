// The retailer a benchmark works with: four shops, 200 SKUs with prices and stock, 40 members of the loyalty programme. Brought in through
// the graph, as feeds and tills would.
import { gs1CheckDigit } from '#contracts/identifiers.ts';
import type { World } from './world.ts';

const gln = (number: number) => {
  const digits = `506000000${String(number).padStart(3, '0')}`;
  return digits + gs1CheckDigit(digits);
};

export const shops: readonly string[] = [1, 2, 3, 4].map(gln);
export const skus: readonly string[] = Array.from({ length: 200 }, (_, index) => `SKU-${1_000 + index}`);
export const cards: readonly string[] = Array.from({ length: 40 }, (_, index) => `98260000${10_000 + index}`);

const result = (mutation: string, input: string) =>
  `mutation ($input: ${input}!) { result: ${mutation}(input: $input) { __typename ... on Rejection { code message } } }`;

export async function openShops(world: World): Promise<void> {
  const feed = await world.token('feed', { system: 'erp' });
  const operator = await world.token('operator');
  const key = { idempotencyKey: 'bench' };
  const locations = shops.map((shop, index) => ({
    gln: shop,
    name: `Shop ${index + 1}`,
    kind: 'STORE',
    timeZone: 'Europe/London',
  }));
  await world.execute(feed, result('upsertLocations', 'UpsertLocationsInput'), {
    input: { ...key, system: 'erp', locations },
  });
  const products = skus.map((sku) => ({
    externalId: sku,
    externalVersion: '1',
    changedAt: '2026-01-05T06:00:00Z',
    handle: sku.toLowerCase(),
    title: `Article ${sku}`,
    variants: [{ sku, prices: [{ amount: '4.50', currency: 'GBP' }] }],
  }));
  await world.execute(feed, result('upsertProducts', 'UpsertProductsInput'), {
    input: { ...key, system: 'erp', products },
  });
  for (const location of shops) {
    const lines = skus.map((sku) => ({ sku, quantity: { value: '1000000' } }));
    const input = {
      idempotencyKey: location,
      location,
      documentRef: 'opening',
      occurredAt: '2026-01-05T06:00:00Z',
      opening: true,
      lines,
    };
    await world.execute(feed, result('receiveStock', 'ReceiveStockInput'), { input });
  }
  for (const card of cards) {
    const identities = [{ type: 'LOYALTY_CARD', value: card }];
    const input = { idempotencyKey: card, name: `Member ${card}`, identities, registeredAt: '2026-01-05T06:00:00Z' };
    await world.execute(operator, result('registerCustomer', 'RegisterCustomerInput'), { input });
  }
}
