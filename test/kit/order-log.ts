// The order subgraph's event log without the order subgraph: tests append sales and returns exactly as they want them told.
import { randomUUID } from 'node:crypto';
import { returnReceived, saleRecorded } from '#contracts/order.ts';
import { readMigrations } from '#platform/db/migrate.ts';
import type { SubgraphModule } from '#platform/graphql/subgraph-module.ts';
import { event, type NewEvent, type PayloadOf } from '#platform/messaging/contract.ts';
import { Outbox } from '#platform/messaging/outbox.ts';
import type { TestGraph } from './graph.ts';
import { LOCATION } from './tickets.ts';

export const orderLog: SubgraphModule = {
  name: 'order_log',
  schema: 'orders',
  sdl: 'type Query { nothing: String }',
  migrations: readMigrations(new URL('../../platform/messaging/migrations/', import.meta.url), 'platform'),
  create: () => ({ resolvers: {}, createLoaders: () => ({}), consumers: [], sweepers: [] }),
};

export type ToldSale = PayloadOf<typeof saleRecorded>;
export type ToldReturn = PayloadOf<typeof returnReceived>;

const nobody = { customerId: null, customerIdentityHash: null };
const GBP = { location: LOCATION, currency: 'GBP', occurredAt: '2026-11-24T09:30:00.000Z' };

export function toldSale(changes: Partial<ToldSale> = {}): ToldSale {
  const orderId = randomUUID();
  const ticket = { number: orderId, transactionId: randomUUID(), businessDate: '2026-11-24' };
  return {
    orderId,
    ...ticket,
    ...GBP,
    ...nobody,
    net: '21.00',
    grandTotal: '21.00',
    lines: [],
    version: 1,
    ...changes,
  };
}

/** A return of goods worth `net` of an order; without an order as one without a receipt. */
export function toldReturn(orderId: string | null, net: string, changes: Partial<ToldReturn> = {}): ToldReturn {
  const goods = { lineNo: 1, orderLineNo: orderId === null ? null : 1, sku: 'MUG-BLUE', quantity: '1', uom: 'EA' };
  const lines = [{ ...goods, net, gross: net, disposition: 'RESTOCK' as const }];
  return { returnId: randomUUID(), orderId, transactionId: null, ...GBP, ...nobody, lines, version: 1, ...changes };
}

export const sold = (data: ToldSale): NewEvent =>
  event(saleRecorded, { key: data.orderId, sequence: 1, occurredAt: new Date(data.occurredAt), data });

export const broughtBack = (data: ToldReturn): NewEvent =>
  event(returnReceived, {
    key: data.orderId ?? data.returnId,
    sequence: 2,
    occurredAt: new Date(data.occurredAt),
    data,
  });

/** Appends events in one transaction; the sequencer numbers them soon. */
export async function tell(graph: TestGraph, ...events: readonly NewEvent[]): Promise<void> {
  const outbox = new Outbox(() => undefined);
  await graph.subgraph('order_log').db.transaction('tell', async (tx) => outbox.append(tx, events, graph.clock.now()));
}
