// The inventory subgraph on a database of its own, between logs of orders and products that the test writes, and short words for what
// tests of stock do.
import { z } from 'zod';
import { gs1CheckDigit } from '#contracts/identifiers.ts';
import { returnReceived, saleRecorded } from '#contracts/order.ts';
import { productUpserted } from '#contracts/product.ts';
import type { Principal } from '#platform/auth/principal.ts';
import { statement } from '#platform/db/statement.ts';
import type { OperationResult } from '#platform/graphql/executor.ts';
import { newId } from '#platform/kernel/ids.ts';
import { event } from '#platform/messaging/contract.ts';
import { inventorySubgraph } from '../../subgraphs/inventory/main.ts';
import { eventSource } from './event-source.ts';
import { principalOf, startGraph, type TestGraph } from './graph.ts';

const gln = (number: number) => {
  const digits = `40123450000${number}`.slice(0, 12).padEnd(12, '0');
  return digits + gs1CheckDigit(digits);
};
export const HERE = gln(1);
export const THERE = gln(2);
export const NOWHERE = gln(9);

export const web = principalOf('operator', { clientId: 'web' });
export const feed = principalOf('feed', { system: 'erp' });

const POSITION = 'position { sku location onHand { value uom } reserved { value } available { value } version }';
const RESERVATION = 'reservation { id sku location quantity { value uom } status expiresAt holder { kind id } }';
const REJECTION = '... on Rejection { code message }';

const mutation = (name: string, input: string, selection: string) =>
  `mutation ($input: ${input}!) { result: ${name}(input: $input) { __typename ${selection} ${REJECTION} } }`;

const mutations = {
  reserveStock: mutation(
    'reserveStock',
    'ReserveStockInput',
    `... on StockReserved { ${RESERVATION} ${POSITION} } ... on OutOfStock { sku available { value uom } }
     ... on UnitMismatch { uom } ... on UnknownLocation { location }`,
  ),
  extendReservation: mutation(
    'extendReservation',
    'ExtendReservationInput',
    `... on ReservationExtended { ${RESERVATION} } ... on ReservationNotHeld { status }`,
  ),
  releaseReservation: mutation(
    'releaseReservation',
    'ReleaseReservationInput',
    `... on ReservationReleased { ${RESERVATION} ${POSITION} } ... on ReservationNotHeld { status }`,
  ),
  adjustStock: mutation('adjustStock', 'AdjustStockInput', `... on StockAdjusted { ${POSITION} }`),
  receiveStock: mutation(
    'receiveStock',
    'ReceiveStockInput',
    `... on StockReceived { positions { sku onHand { value uom } version } } ... on UnitMismatch { sku uom }`,
  ),
  upsertLocations: mutation(
    'upsertLocations',
    'UpsertLocationsInput',
    '... on LocationsUpserted { locations { gln name kind timeZone } } ... on NotOwner { owner }',
  ),
} as const;

export interface MutationAnswer {
  readonly errors: OperationResult['errors'];
  /** `__typename` and what the mutation's selection asks for. */
  readonly result: Record<string, unknown> & { readonly __typename?: string; readonly code?: string };
}

export type Mutate = (
  name: keyof typeof mutations,
  input: Record<string, unknown>,
  principal?: Principal,
) => Promise<MutationAnswer>;

export function mutateThrough(
  execute: (query: string, variables: object, principal: Principal) => Promise<OperationResult>,
): Mutate {
  return async (name, input, principal = web) => {
    const variables = { input: { idempotencyKey: newId(), ...input } };
    const { data, errors } = await execute(mutations[name], variables, principal);
    return { errors, result: (data?.result ?? {}) as MutationAnswer['result'] };
  };
}

export interface Line {
  readonly sku: string | null;
  readonly quantity: string;
  readonly disposition?: 'RESTOCK' | 'DESTROY';
}

export async function startInventory() {
  const [orders, products] = [eventSource('orders'), eventSource('product')];
  const graph = await startGraph([inventorySubgraph, orders.module, products.module]);
  const mutate = mutateThrough((query, variables, principal) =>
    graph.execute('inventory', query, { ...variables }, principal),
  );
  await mutate(
    'upsertLocations',
    { system: 'erp', locations: [place(HERE, 'High Street'), place(THERE, 'Harbour')] },
    feed,
  );
  return {
    graph,
    orders,
    products,
    mutate,
    reserve: (sku: string, value: string, more: Record<string, unknown> = {}, principal?: Principal) =>
      mutate(
        'reserveStock',
        { sku, location: HERE, quantity: { value }, holder: { kind: 'CART', id: 'c1' }, ...more },
        principal,
      ),
    /** Stock that is there, of a SKU the product log knows of. */
    async stock(sku: string, value: string, location = HERE): Promise<void> {
      await products.append([product([{ sku }])]);
      await graph.settle();
      const lines = [{ sku, quantity: { value } }];
      const { result } = await mutate('receiveStock', { ...receipt(lines), location, opening: true }, feed);
      if (result.__typename !== 'StockReceived') throw new Error(JSON.stringify(result));
    },
    async sell(lines: readonly Line[], more: { orderId?: string; location?: string } = {}): Promise<void> {
      await orders.append([sale(lines, more)]);
      await graph.settle();
    },
    position: (sku: string, location = HERE) => readPosition(graph, sku, location),
    events: (type: string, key?: string) => readEvents(graph, type, key),
  };
}

export type Inventory = Awaited<ReturnType<typeof startInventory>>;

export const place = (code: string, name: string) => ({ gln: code, name, kind: 'STORE', timeZone: 'Europe/London' });

export const receipt = (lines: readonly { sku: string; quantity: { value: string; uom?: string } }[]) => ({
  location: HERE,
  documentRef: 'delivery-1',
  occurredAt: '2026-11-24T06:00:00Z',
  lines,
});

export function sale(lines: readonly Line[], { orderId = newId(), location = HERE } = {}) {
  const money = { net: '1.00', gross: '1.20' };
  const data = {
    orderId,
    number: orderId,
    transactionId: newId(),
    location,
    businessDate: '2026-11-24',
    occurredAt: '2026-11-24T09:30:00.000Z',
    currency: 'GBP',
    net: '1.00',
    grandTotal: '1.20',
    customerId: null,
    customerIdentityHash: null,
    version: 1,
    lines: lines.map(({ sku, quantity }, index) => ({ lineNo: index + 1, sku, quantity, uom: 'EA', ...money })),
  };
  return event(saleRecorded, { key: orderId, sequence: 1, occurredAt: new Date(data.occurredAt), data });
}

export function goodsReturned(lines: readonly Line[], { returnId = newId(), location = HERE } = {}) {
  const money = { net: '1.00', gross: '1.20' };
  const data = {
    returnId,
    orderId: null,
    transactionId: null,
    location,
    occurredAt: '2026-11-24T10:30:00.000Z',
    currency: 'GBP',
    customerId: null,
    customerIdentityHash: null,
    version: 1,
    lines: lines.map(({ sku, quantity, disposition = 'RESTOCK' as const }, index) => ({
      ...{ lineNo: index + 1, orderLineNo: null, sku, quantity, uom: 'EA', disposition, ...money },
    })),
  };
  return event(returnReceived, { key: returnId, sequence: 1, occurredAt: new Date(data.occurredAt), data });
}

export function product(
  variants: readonly { sku: string; uom?: string; trackInventory?: boolean }[],
  { productId = newId(), version = 1 } = {},
) {
  const data = {
    productId,
    status: 'ACTIVE' as const,
    system: 'erp',
    externalId: productId,
    externalVersion: String(version),
    version,
    variants: variants.map(({ sku, uom = 'EA', trackInventory = true }) => ({
      ...{ sku, gtins: [], title: sku, uom, taxCategory: null, returnable: true, returnWindowDays: 30, trackInventory },
    })),
  };
  return event(productUpserted, {
    key: productId,
    sequence: version,
    occurredAt: new Date('2026-11-24T00:00:00Z'),
    data,
  });
}

async function readPosition(graph: TestGraph, sku: string, location: string) {
  const query = `query ($sku: ID!, $location: Gln!) { stockPosition(sku: $sku, location: $location) {
    onHand { value uom } reserved { value } available { value } version } }`;
  const { data, errors } = await graph.execute('inventory', query, { sku, location });
  if (errors) throw new Error(JSON.stringify(errors));
  const found = data?.stockPosition as { [field: string]: { value: string; uom: string } } | null;
  if (!found) return null;
  const { onHand, reserved, available, version } = found;
  return { onHand: onHand?.value, uom: onHand?.uom, reserved: reserved?.value, available: available?.value, version };
}

const eventsOf = statement(
  'test.events',
  'select data from event_log where type = $1 and ($2::text is null or partition_key = $2) order by append_id',
  z.object({ data: z.record(z.string(), z.unknown()) }),
);

async function readEvents(graph: TestGraph, type: string, key?: string): Promise<Record<string, unknown>[]> {
  const rows = await graph.subgraph('inventory').db.all(eventsOf, [type, key ?? null]);
  return rows.map(({ data }) => data);
}

const brokenFolds = statement(
  'test.brokenFolds',
  `select p.sku, p.location from stock_position p left join lateral (
     select coalesce(sum(delta) filter (where bucket = 'ON_HAND'), 0) as on_hand,
       coalesce(sum(delta) filter (where bucket = 'RESERVED'), 0) as reserved,
       count(*) as lines, coalesce(max(ledger_seq), 0) as last
     from stock_movement m where m.sku = p.sku and m.location = p.location
   ) ledger on true left join lateral (
     select coalesce(sum(quantity), 0) as held from reservation r
     where r.sku = p.sku and r.location = p.location and r.status = 'HELD'
   ) r on true
   where (p.on_hand, p.reserved, p.version, p.version, p.reserved)
     is distinct from (ledger.on_hand, ledger.reserved, ledger.lines, ledger.last, r.held)`,
  z.object({ sku: z.string(), location: z.string() }),
);

/** Positions that are not the fold of their ledger, whose ledger has a gap, or whose reserved is not what is held. */
export function positionsNotTheirFold(graph: TestGraph): Promise<{ sku: string; location: string }[]> {
  return graph.subgraph('inventory').db.all(brokenFolds);
}
