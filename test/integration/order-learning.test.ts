// What the order subgraph learns from other subgraphs resolves what tickets had waited for, however they race.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sleep } from '#platform/kernel/clock.ts';
import { Outbox } from '#platform/messaging/outbox.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import { saleWork } from '../../subgraphs/order/commands/record-sale.ts';
import { readArrival } from '../../subgraphs/order/commands/tickets.ts';
import { principalOf, testKeys } from '../kit/graph.ts';
import { sale as parsedSale } from '../kit/order-facts.ts';
import { type Orders, shopperOf, startKnowingOrders } from '../kit/orders.ts';
import { LOCATION, line, returnInput } from '../kit/tickets.ts';

let orders: Orders;
beforeAll(async () => {
  orders = await startKnowingOrders();
});
afterAll(() => orders.graph.close());

const one = (sku: string) => ({ lines: [line(1, sku, 1, '21.00', '21.00')] });
async function stateOf(transactionId: string) {
  const query = `query ($id: ID!) { storeTransaction(id: $id) { heldFromPosting exceptions { code }
    order { version customer { id } lines { variant { sku } } } return { version order { id } lines { variant { sku } } } } }`;
  return (await orders.read(query, { id: transactionId })).storeTransaction;
}
async function bringBack(changes: Record<string, unknown>) {
  const input = { transactions: [{ return: returnInput(changes) }] };
  const { results } = await orders.answer('recordTransactions', input);
  return results?.[0]?.transaction?.id ?? '';
}

describe('a ticket that was held', () => {
  it('for its SKU is released when the catalogue has it', async () => {
    const { transaction } = await orders.sell(one('late-mug'));
    expect(await stateOf(transaction.id)).toMatchObject({ heldFromPosting: true });
    await orders.know({ sku: 'LATE-MUG' });
    expect(await stateOf(transaction.id)).toMatchObject({ heldFromPosting: false, exceptions: [] });
  });

  it('for its GTIN is released, and its lines name the SKU, of a sale and of a return', async () => {
    const scanned = { lines: [{ ...line(1, undefined, 1, '4.50', '4.50'), gtin: '4006381333931' }] };
    const money = { tenders: [{ type: 'CASH', amount: '4.50' }], grandTotal: '4.50' };
    const { transaction } = await orders.sell({ ...scanned, ...money });
    const returned = await bringBack(scanned);
    await orders.know({ sku: 'MARKER', gtins: ['04006381333931'] });
    expect(await stateOf(transaction.id)).toMatchObject({
      exceptions: [],
      order: { version: 2, lines: [{ variant: { sku: 'MARKER' } }] },
    });
    expect(await stateOf(returned)).toMatchObject({
      exceptions: [],
      return: { version: 2, lines: [{ variant: { sku: 'MARKER' } }] },
    });
  });

  it('for its customer is released and becomes the customer’s, by id or by card, sale or return', async () => {
    const [byId, byCard] = [randomUUID(), randomUUID()];
    const identity = { type: 'LOYALTY_CARD' as const, value: byCard };
    const sold = await Promise.all([{ id: byId }, { identity }].map((customer) => orders.sell({ customer })));
    const returned = await Promise.all([{ id: byId }, { identity }].map((customer) => bringBack({ customer })));
    await orders.register(byId);
    await orders.register(byCard, identity);
    const sales = await Promise.all(sold.map(({ transaction }) => stateOf(transaction.id)));
    expect(sales).toMatchObject(
      [byId, byCard].map((id) => ({ heldFromPosting: false, order: { customer: { id }, version: 2 } })),
    );
    const returns = await Promise.all(returned.map(stateOf));
    expect(returns).toMatchObject([byId, byCard].map(() => ({ heldFromPosting: false, return: { version: 2 } })));
  });

  it('for its customer gives also what was announced to come back to the customer', async () => {
    const id = randomUUID();
    const { order } = await orders.sell({ customer: { id } });
    const lines = [{ lineNo: 1, quantity: { value: '1' } }];
    const request = { orderId: order.id, location: LOCATION, requestedAt: '2026-11-25T10:00:00Z', lines };
    const { return: announced } = await orders.answer('requestReturn', request);
    const refs = { refs: [{ __typename: 'Return', id: announced?.id }] };
    const query = 'query ($refs: [_Any!]!) { _entities(representations: $refs) { ... on Return { id } } }';
    expect(await orders.read(query, refs, shopperOf(id))).toEqual({ _entities: [null] });
    await orders.register(id);
    expect(await orders.read(query, refs, shopperOf(id))).toEqual({ _entities: [{ id: announced?.id }] });
  });

  it('for more than one reason stays held until the last is gone', async () => {
    const { transaction } = await orders.sell({ ...one('SLOW-MUG'), tenders: [] });
    await orders.know({ sku: 'SLOW-MUG' });
    expect(await stateOf(transaction.id)).toMatchObject({
      heldFromPosting: true,
      exceptions: [{ code: 'TENDERS_MISMATCH' }],
    });
  });
});

describe('a ticket that races what it waits for', () => {
  it('is released although it was not committed when its SKU was learnt', async () => {
    const { db } = orders.graph.subgraph('order');
    const outbox = new Outbox(() => undefined);
    const deps = { db, outbox, clock: orders.graph.clock, logger: silentLogger, keys: testKeys };
    const context = { ...deps, principal: principalOf('operator') };
    let learnt: Promise<void> | undefined;
    const transactionId = await db.transaction('slow till', async (tx) => {
      const ticket = parsedSale(one('RACING-MUG'));
      const arrival = await readArrival(context, tx, ticket);
      const sold = await saleWork(context, ticket, orders.graph.clock.now()).run(tx, arrival);
      // The consumer learns of the SKU while this ticket is not committed.
      learnt = orders.know({ sku: 'RACING-MUG' });
      await sleep(200);
      return sold.transaction.id;
    });
    await learnt;
    expect(await stateOf(transactionId)).toMatchObject({ exceptions: [] });
  });

  it('is never left behind by many', async () => {
    const skus = Array.from({ length: 20 }, (_, n) => `SWARM-${n}`);
    const learning = orders.know(...skus.map((sku) => ({ sku })));
    const sold = await Promise.all(skus.map((sku) => orders.sell(one(sku))));
    await learning;
    for (const { transaction } of sold) expect(await stateOf(transaction.id)).toMatchObject({ exceptions: [] });
  });
});
