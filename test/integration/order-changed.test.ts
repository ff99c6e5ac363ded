// orderChanged on a real log: every change once, resumed without gap or double, from a snapshot where the log cannot tell.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Principal, serializePrincipal } from '#platform/auth/principal.ts';
import type { OperationResult } from '#platform/graphql/executor.ts';
import { openLogCursor, signLogCursor } from '#platform/messaging/cursor.ts';
import { testKeys } from '../kit/graph.ts';
import { ELSEWHERE, type Orders, operator, otherShop, shopperOf, startKnowingOrders, till } from '../kit/orders.ts';
import { LOCATION } from '../kit/tickets.ts';

const SUBSCRIPTION = `subscription ($orderId: ID, $location: Gln, $customerId: ID, $after: Cursor) {
  orderChanged(orderId: $orderId, location: $location, customerId: $customerId, after: $after) {
    cursor occurredAt snapshot order { id version returns { status } } } }`;

interface Told {
  readonly cursor: string;
  readonly occurredAt: string;
  readonly snapshot: boolean;
  readonly order: { readonly id: string; readonly version: number };
}

let orders: Orders;
let open: AsyncIterableIterator<OperationResult>[] = [];
beforeAll(async () => {
  orders = await startKnowingOrders();
});
afterEach(async () => {
  for (const stream of open) await stream.return?.();
  open = [];
});
afterAll(() => orders.graph.close());

async function follow(variables: Record<string, unknown>, principal: Principal = operator) {
  const stream = await orders.graph.subscribe('order', SUBSCRIPTION, variables, principal);
  open.push(stream);
  return async (count: number): Promise<Told[]> => {
    const told: Told[] = [];
    while (told.length < count) {
      const { value, done } = await stream.next();
      if (done) break;
      if (value.errors) throw new Error(JSON.stringify(value.errors));
      told.push(value.data?.orderChanged as Told);
    }
    return told;
  };
}
const requestOne = (orderId: string) =>
  orders.answer('requestReturn', {
    ...{ orderId, location: LOCATION, requestedAt: '2026-11-25T10:00:00Z' },
    lines: [{ lineNo: 1, quantity: { value: '1' } }],
  });
const idsOf = (told: readonly Told[]) => told.map(({ order }) => order.id);
/** A customer nobody else has, so that each test hears its own sales only. */
async function customer() {
  const id = randomUUID();
  await orders.register(id);
  return id;
}
const sellTo = async (id: string, more: Record<string, unknown> = {}, principal?: Principal) =>
  (await orders.sell({ customer: { id }, ...more }, principal)).order.id;

describe('orderChanged', () => {
  it('tells of each change of the orders asked for, with the order as it is', async () => {
    const id = await customer();
    const next = await follow({ customerId: id });
    const first = await sellTo(id);
    await orders.sell();
    expect(await next(1)).toMatchObject([
      { snapshot: false, occurredAt: '2026-11-24T09:30:00.000Z', order: { id: first, version: 1, returns: [] } },
    ]);
    await requestOne(first);
    // Requested, then approved: two events of one change.
    expect(await next(2)).toMatchObject(
      [1, 2].map(() => ({ order: { id: first, version: 2, returns: [{ status: 'APPROVED' }] } })),
    );
  });

  it('goes on behind the last cursor: no gap, nothing twice', async () => {
    const id = await customer();
    const next = await follow({ customerId: id });
    const sold = [await sellTo(id), await sellTo(id)];
    const [first] = await next(1);
    await open[0]?.return?.();
    sold.push(await sellTo(id));
    const resumed = await follow({ customerId: id, after: first?.cursor });
    sold.push(await sellTo(id));
    expect([first?.order.id, ...idsOf(await resumed(3))]).toEqual(sold);
  });

  it('loses and doubles nothing however often the subscriber leaves amid many sales', async () => {
    const id = await customer();
    let next = await follow({ customerId: id });
    const selling = Promise.all(Array.from({ length: 30 }, () => sellTo(id)));
    const heard: Told[] = [];
    while (heard.length < 30) {
      heard.push(...(await next(Math.min(4, 30 - heard.length))));
      await open.at(-1)?.return?.();
      next = await follow({ customerId: id, after: heard.at(-1)?.cursor });
    }
    expect(idsOf(heard).toSorted((a, b) => a.localeCompare(b))).toEqual(
      (await selling).toSorted((a, b) => a.localeCompare(b)),
    );
  });

  it('begins with the present states when the cursor is of another life of the log, then goes on live', async () => {
    const id = await customer();
    const next = await follow({ customerId: id });
    const sold = [await sellTo(id), await sellTo(id), await sellTo(id)];
    const [seen] = await next(1);
    const at = openLogCursor(testKeys.cursor, seen?.cursor ?? '');
    for (const foreign of [
      { ...at, epoch: at.epoch + 1 },
      { ...at, logId: 'another log' },
      { ...at, position: at.position + 1_000_000 },
    ]) {
      const again = await follow({ customerId: id, after: signLogCursor(testKeys.cursor, foreign) });
      const present = await again(3);
      expect(present.map(({ snapshot }) => snapshot)).toEqual([true, true, true]);
      expect(idsOf(present)).toEqual(sold);
    }
    const resumed = await follow({ customerId: id, after: signLogCursor(testKeys.cursor, { ...at, epoch: 99 }) });
    const present = await resumed(3);
    const live = await sellTo(id);
    expect(await resumed(1)).toMatchObject([{ snapshot: false, order: { id: live } }]);
    // Who saw the whole snapshot goes on behind it; who left amid it gets it again.
    const behind = await follow({ customerId: id, after: present[2]?.cursor });
    expect(await behind(1)).toMatchObject([{ snapshot: false, order: { id: live } }]);
    const amid = await follow({ customerId: id, after: present[0]?.cursor });
    expect((await amid(4)).map(({ snapshot }) => snapshot)).toEqual([true, true, true, true]);
  });

  it('tells a shopper of own orders, the staff of their shop’s, and nobody of practice', async () => {
    const [mine, other] = [await customer(), await customer()];
    const shopper = await follow({}, shopperOf(mine));
    const curious = await follow({ customerId: other }, shopperOf(mine));
    const staff = await follow({ customerId: mine }, otherShop);
    await sellTo(other);
    await sellTo(mine, { training: true });
    const here = await sellTo(mine);
    const there = await sellTo(mine, { location: ELSEWHERE }, operator);
    expect(idsOf(await shopper(2))).toEqual([here, there]);
    expect(idsOf(await staff(1))).toEqual([there]);
    await open[1]?.return?.();
    expect(await curious(1)).toEqual([]);
  });

  it('is filtered by order and by the order’s shop, wherever its goods come back', async () => {
    const id = await customer();
    const [first, second] = [await sellTo(id), await sellTo(id, { location: ELSEWHERE }, operator)];
    const [byOrder, byShop] = [await follow({ orderId: second }), await follow({ customerId: id, location: LOCATION })];
    await requestOne(second);
    await requestOne(first);
    expect(idsOf(await byOrder(2))).toEqual([second, second]);
    expect(idsOf(await byShop(2))).toEqual([first, first]);
  });

  it('refuses a cursor of a list, one made up, and who may not read orders', async () => {
    await orders.sell();
    const { orders: list } = (await orders.read('{ orders(first: 1) { pageInfo { endCursor } } }')) as {
      orders: { pageInfo: { endCursor: string } };
    };
    const ask = (variables: Record<string, unknown>, principal?: Principal) =>
      orders.graph.subgraph('order').subscribe({
        query: SUBSCRIPTION,
        variables,
        principal: principal && serializePrincipal(principal),
      });
    for (const after of [list.pageInfo.endCursor, 'bm9uc2Vuc2U'])
      expect(await ask({ after }, operator)).toMatchObject({ errors: [{ extensions: { code: 'INVALID_CURSOR' } }] });
    expect(await ask({})).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    expect(await ask({}, { ...till, scopes: [] })).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
  });

  it('notices at once that its subscriber left, also one who waits', async () => {
    const next = await follow({ orderId: 'nothing happens' });
    const waiting = next(1);
    await open[0]?.return?.();
    expect(await waiting).toEqual([]);
  });
});
