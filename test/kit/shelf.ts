// Something to sell, brought in through the gateway as a feed brings it in: a shop, products with prices, and stock.
import { newId } from '#platform/kernel/ids.ts';
import type { TestGateway } from './gateway.ts';
import { LOCATION } from './tickets.ts';

const LOCATIONS = `mutation ($input: UpsertLocationsInput!) { result: upsertLocations(input: $input) { __typename } }`;
const PRODUCTS = `mutation ($input: UpsertProductsInput!) {
  result: upsertProducts(input: $input) { __typename ... on ProductsUpserted { results { outcome message } } } }`;
const STOCK = `mutation ($input: ReceiveStockInput!) { result: receiveStock(input: $input) { __typename } }`;

export interface Ware {
  readonly sku: string;
  readonly title?: string;
  /** In pounds. */
  readonly price?: string;
  readonly stock?: number;
}

/** A gateway in this process or another. */
export type Counter = Pick<TestGateway, 'ask' | 'token' | 'settle'>;

/** Brings the wares in and waits until every subgraph knows of them. Throws what the graph refuses. */
export async function fillShelf(gateway: Counter, wares: readonly Ware[], location = LOCATION): Promise<void> {
  const token = await gateway.token('feed', { system: 'erp' });
  const system = 'erp';
  const bring = async (mutation: string, type: string, input: Record<string, unknown>) => {
    const { data, errors } = await gateway.ask(mutation, { input: { idempotencyKey: newId(), ...input } }, token);
    const result = data?.result as { __typename: string; results?: { outcome: string }[] } | undefined;
    const refused = result?.results?.some(({ outcome }) => outcome === 'REJECTED');
    if (result?.__typename !== type || refused) throw new Error(JSON.stringify(errors ?? result));
  };
  const shop = { gln: location, name: 'High Street', kind: 'STORE', timeZone: 'Europe/London' };
  await bring(LOCATIONS, 'LocationsUpserted', { system, locations: [shop] });
  const products = wares.map(({ sku, title = sku, price = '4.50' }) => ({
    externalId: sku,
    externalVersion: '1',
    changedAt: '2026-11-24T00:00:00Z',
    handle: sku.toLowerCase(),
    title,
    variants: [{ sku, prices: [{ amount: price, currency: 'GBP' }] }],
  }));
  await bring(PRODUCTS, 'ProductsUpserted', { system, products });
  const lines = wares.flatMap(({ sku, stock = 0 }) => (stock > 0 ? [{ sku, quantity: { value: String(stock) } }] : []));
  const delivery = { location, documentRef: 'delivery', occurredAt: '2026-11-24T06:00:00Z', opening: true };
  if (lines.length > 0) await bring(STOCK, 'StockReceived', { ...delivery, lines });
  await gateway.settle();
}
