// Sales, returns and product news on a real database: what happened at a till moves stock, whatever was known or promised before.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  feed,
  goodsReturned,
  HERE,
  type Inventory,
  NOWHERE,
  positionsNotTheirFold,
  product,
  receipt,
  sale,
  startInventory,
} from '../kit/inventory.ts';

let inventory: Inventory;
beforeAll(async () => {
  inventory = await startInventory();
});
afterAll(() => inventory.graph.close());

const reservationId = ({ result }: { result: Record<string, unknown> }) => (result.reservation as { id: string }).id;

describe('a sale', () => {
  it('lowers stock, at the time of the ticket, and leaves lines without SKU alone', async () => {
    await inventory.stock('MUG', '10');
    await inventory.sell(
      [
        { sku: 'mug', quantity: '2' },
        { sku: null, quantity: '1' },
        { sku: 'MUG', quantity: '1' },
      ],
      { orderId: 'order-mug' },
    );
    expect(await inventory.position('MUG')).toMatchObject({ onHand: '7', version: 3 });
    const movements = await inventory.events('inventory.movement.recorded', `MUG@${HERE}`);
    expect(movements.slice(1)).toMatchObject([
      { type: 'SALE', delta: '-2', bucket: 'ON_HAND', documentRef: 'order-mug', ledgerSeq: 2 },
      { type: 'SALE', delta: '-1', occurredAt: '2026-11-24T09:30:00.000Z', ledgerSeq: 3 },
    ]);
  });

  it('of a SKU nobody knows stands in the ledger, below zero, and the SKU is known from then on', async () => {
    await inventory.sell([{ sku: 'MYSTERY', quantity: '2' }]);
    expect(await inventory.position('MYSTERY')).toMatchObject({ onHand: '-2' });
    expect((await inventory.reserve('MYSTERY', '1')).result).toMatchObject({
      code: 'OUT_OF_STOCK',
      available: { value: '-2' },
    });
  });

  it('at a location nobody told of is kept, and the location is shown by its GLN', async () => {
    await inventory.sell([{ sku: 'FAR', quantity: '1' }], { location: NOWHERE });
    const query = '{ stockPositions(skus: ["far"]) { onHand { value } at { gln name kind } variant { sku } } }';
    expect((await inventory.graph.execute('inventory', query)).data).toEqual({
      stockPositions: [
        { onHand: { value: '-1' }, at: { gln: NOWHERE, name: NOWHERE, kind: 'STORE' }, variant: { sku: 'FAR' } },
      ],
    });
  });

  it('of something no stock is kept of moves nothing', async () => {
    await inventory.products.append([product([{ sku: 'ENGRAVING', trackInventory: false }])]);
    await inventory.graph.settle();
    await inventory.sell([{ sku: 'ENGRAVING', quantity: '1' }]);
    expect(await inventory.position('ENGRAVING')).toBeNull();
  });

  it('A8: of the last unit, which was reserved, stands, and the shortage names the reservation', async () => {
    await inventory.stock('LAST', '1');
    const id = reservationId(await inventory.reserve('LAST', '1'));
    await inventory.sell([{ sku: 'LAST', quantity: '1' }], { orderId: 'order-last' });
    expect(await inventory.position('LAST')).toMatchObject({ onHand: '0', reserved: '1', available: '-1' });
    expect(await inventory.events('inventory.shortage.detected', `LAST@${HERE}`)).toEqual([
      {
        sku: 'LAST',
        location: HERE,
        shortBy: '1',
        uom: 'EA',
        documentRef: 'order-last',
        reservationIds: [id],
        occurredAt: '2026-11-24T09:30:00.000Z',
      },
    ]);
    await inventory.mutate('releaseReservation', { reservationId: id });
    expect(await inventory.position('LAST')).toMatchObject({ onHand: '0', reserved: '0' });
  });

  it('that leaves enough for one of two reservations puts the newer one in doubt', async () => {
    await inventory.stock('TWO', '2');
    await inventory.reserve('TWO', '1');
    inventory.graph.clock.advance(5);
    const newer = reservationId(await inventory.reserve('TWO', '1'));
    await inventory.sell([{ sku: 'TWO', quantity: '1' }]);
    const [shortage] = await inventory.events('inventory.shortage.detected', `TWO@${HERE}`);
    expect(shortage).toMatchObject({ shortBy: '1', reservationIds: [newer] });
  });

  it('of stock that is free makes no shortage', async () => {
    await inventory.stock('FREE', '2');
    await inventory.reserve('FREE', '1');
    await inventory.sell([{ sku: 'FREE', quantity: '1' }]);
    expect(await inventory.events('inventory.shortage.detected', `FREE@${HERE}`)).toEqual([]);
  });
});

it('an adjustment that takes what was reserved says so too', async () => {
  await inventory.stock('BROKEN', '1');
  const id = reservationId(await inventory.reserve('BROKEN', '1'));
  const adjustment = { sku: 'BROKEN', location: HERE, delta: { value: '-1' }, reasonCode: 'DAMAGED' };
  await inventory.mutate('adjustStock', { ...adjustment, documentRef: 'note-1' });
  const [shortage] = await inventory.events('inventory.shortage.detected', `BROKEN@${HERE}`);
  expect(shortage).toMatchObject({ documentRef: 'note-1', reservationIds: [id] });
});

it('sales that arrive together are told as one change of the position, its last state, and one ledger line each', async () => {
  await inventory.stock('BUSY', '500');
  const sales = Array.from({ length: 150 }, (_, index) =>
    sale([
      { sku: 'BUSY', quantity: '1' },
      { sku: `SIDE-${index % 7}`, quantity: '1' },
    ]),
  );
  await inventory.orders.append(sales);
  await inventory.graph.settle();
  const changes = await inventory.events('inventory.position.changed', `BUSY@${HERE}`);
  expect(changes).toHaveLength(2);
  expect(changes.at(-1)).toMatchObject({ onHand: '350', available: '350', version: 151 });
  const movements = await inventory.events('inventory.movement.recorded', `BUSY@${HERE}`);
  expect(movements.map(({ ledgerSeq }) => ledgerSeq)).toEqual(Array.from({ length: 151 }, (_, index) => index + 1));
});

describe('a return', () => {
  it('puts back on the shelf what is to be sold again, and nothing else', async () => {
    await inventory.stock('BACK', '5');
    await inventory.orders.append([
      goodsReturned(
        [
          { sku: 'BACK', quantity: '2' },
          { sku: 'BACK', quantity: '1', disposition: 'DESTROY' },
        ],
        { returnId: 'return-1' },
      ),
    ]);
    await inventory.graph.settle();
    expect(await inventory.position('BACK')).toMatchObject({ onHand: '7' });
    const movements = await inventory.events('inventory.movement.recorded', `BACK@${HERE}`);
    expect(movements.at(-1)).toMatchObject({ type: 'RETURN', delta: '2', documentRef: 'return-1' });
  });
});

describe('what the product subgraph tells', () => {
  it('gives new positions their unit, and older news changes nothing', async () => {
    const productId = 'cheese';
    await inventory.products.append([
      product([{ sku: 'CHEESE', uom: 'KGM' }], { productId, version: 2 }),
      product([{ sku: 'CHEESE', uom: 'EA' }], { productId, version: 1 }),
    ]);
    await inventory.graph.settle();
    await inventory.products.append([product([{ sku: 'CHEESE', uom: 'EA' }], { productId, version: 1 })]);
    await inventory.graph.settle();
    const inKilograms = receipt([{ sku: 'CHEESE', quantity: { value: '12.5', uom: 'KGM' } }]);
    const { result } = await inventory.mutate('receiveStock', inKilograms, feed);
    expect(result).toMatchObject({ positions: [{ sku: 'CHEESE', onHand: { value: '12.5', uom: 'KGM' } }] });
  });

  it('makes a SKU known before any of it came in', async () => {
    await inventory.products.append([product([{ sku: 'SOON' }])]);
    await inventory.graph.settle();
    const query = '{ availability(sku: "soon", channel: "web") { sku channel state promise { value uom } } }';
    expect((await inventory.graph.execute('inventory', query)).data).toEqual({
      availability: { sku: 'SOON', channel: 'web', state: 'OUT', promise: { value: '0', uom: 'EA' } },
    });
  });
});

it('after all of this every position is the fold of its ledger', async () => {
  expect(await positionsNotTheirFold(inventory.graph)).toEqual([]);
});
