// Reading orders, tickets and returns: lists page by page, cursors that are none, and whose rows these are on every path.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Principal } from '#platform/auth/principal.ts';
import { signCursor } from '#platform/messaging/cursor.ts';
import { testKeys } from '../kit/graph.ts';
import { ELSEWHERE, type Orders, operator, otherShop, shopperOf, startKnowingOrders, till } from '../kit/orders.ts';
import { LOCATION, returnInput } from '../kit/tickets.ts';

let orders: Orders;
beforeAll(async () => {
  orders = await startKnowingOrders();
  for (const id of ['c-1', 'c-2']) await orders.register(id);
});
afterAll(() => orders.graph.close());

interface Page {
  readonly edges: { node: { id: string }; cursor: string }[];
  readonly pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

const ORDERS = `query ($filter: OrderFilter, $first: Int, $after: Cursor) {
  list: orders(filter: $filter, first: $first, after: $after) { edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }`;
const HELD = `query ($location: Gln, $first: Int, $after: Cursor) {
  list: heldTransactions(location: $location, first: $first, after: $after) {
    edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }`;
const page = async (query: string, variables: Record<string, unknown> = {}, principal?: Principal) =>
  (await orders.read(query, variables, principal)).list as Page;
const idsOf = ({ edges }: Page) => edges.map(({ node }) => node.id);
const codeOf = async (query: string, variables: Record<string, unknown>, principal: Principal | undefined = operator) =>
  (await orders.graph.execute('order', query, variables, principal)).errors?.[0]?.extensions?.code;
const codeWithout = async (query: string) => (await orders.graph.execute('order', query)).errors?.[0]?.extensions?.code;
async function all(query: string, variables: Record<string, unknown>, first: number): Promise<string[]> {
  const found: string[] = [];
  for (let after: string | null = null; ; ) {
    const next: Page = await page(query, { ...variables, first, after });
    found.push(...idsOf(next));
    after = next.pageInfo.endCursor;
    if (!next.pageInfo.hasNextPage) return found;
  }
}

describe.each([
  [
    'orders',
    ORDERS,
    async (day: string) => (await orders.sell({ businessDate: day })).order.id,
    { filter: { businessDate: '2026-01-05' } },
  ],
  [
    'heldTransactions',
    HELD,
    async (day: string) => {
      const input = { location: ELSEWHERE, businessDate: day, tenders: [] };
      return (await orders.sell(input, operator)).transaction.id;
    },
    { location: ELSEWHERE },
  ],
] as const)('the list %s', (name, query, make, filter) => {
  const made: string[] = [];
  beforeAll(async () => {
    for (let count = 0; count < 7; count += 1) made.unshift(await make('2026-01-05'));
  });

  it('comes newest first, page by page, without gap or double', async () => {
    for (const first of [1, 3, 7, 100]) expect(await all(query, filter, first)).toEqual(made);
  });

  it('says whether there is more, and where to go on', async () => {
    const first = await page(query, { ...filter, first: 6 });
    expect(first.pageInfo).toEqual({ hasNextPage: true, endCursor: first.edges.at(-1)?.cursor });
    const last = await page(query, { ...filter, first: 6, after: first.pageInfo.endCursor });
    expect([idsOf(last), last.pageInfo.hasNextPage]).toEqual([made.slice(6), false]);
    const behind = await page(query, { ...filter, after: last.pageInfo.endCursor });
    expect(behind).toEqual({ edges: [], pageInfo: { hasNextPage: false, endCursor: null } });
  });

  it('keeps its place while new rows come', async () => {
    const first = await page(query, { ...filter, first: 2 });
    made.unshift(await make('2026-01-05'));
    const next = await page(query, { ...filter, first: 2, after: first.pageInfo.endCursor });
    expect(idsOf(next)).toEqual(made.slice(3, 5));
  });

  it('refuses pages of none and of 101', async () => {
    for (const first of [0, -1, 101]) expect(await codeOf(query, { ...filter, first })).toBe('BAD_USER_INPUT');
  });

  it('refuses a cursor that is malformed, altered, of another key or of another list', async () => {
    const { endCursor } = (await page(query, { ...filter, first: 1 })).pageInfo;
    const other = signCursor(testKeys.cursor, name === 'orders' ? 'heldTransactions' : 'orders', made[1] ?? '');
    const foreign = signCursor(Buffer.from('a key of another deployment, long'), name, made[0] ?? '');
    const altered = `${endCursor?.slice(0, -2)}AA`;
    for (const after of ['nonsense', '', altered, foreign, other, signCursor(testKeys.cursor, 'log', 'x.1.1')]) {
      const code = await codeOf(query, { ...filter, after });
      // No cursor at all begins at the beginning.
      expect(code).toBe(after === '' ? undefined : 'INVALID_CURSOR');
    }
  });

  it('needs a token with the scope', async () => {
    expect(await codeWithout(query)).toBe('UNAUTHENTICATED');
    expect(await codeOf(query, filter, { ...operator, scopes: ['sales:write'] })).toBe('FORBIDDEN');
  });
});

describe('orders', () => {
  it('are filtered by shop, customer and day, together', async () => {
    const businessDate = '2026-01-06';
    const made = await Promise.all(
      [{ customer: { id: 'c-1' } }, { customer: { id: 'c-2' } }, { customer: { id: 'c-1' }, location: ELSEWHERE }].map(
        (changes) => orders.sell({ businessDate, ...changes }, operator),
      ),
    );
    const [first, second, third] = made.map(({ order }) => order.id);
    const of = async (filter: object) =>
      new Set(idsOf(await page(ORDERS, { filter: { businessDate, ...filter }, first: 100 })));
    expect(await of({ customerId: 'c-1' })).toEqual(new Set([first, third]));
    expect(await of({ location: LOCATION })).toEqual(new Set([first, second]));
    expect(await of({ location: LOCATION, customerId: 'c-1' })).toEqual(new Set([first]));
    expect(await of({ businessDate: '2026-01-07' })).toEqual(new Set());
  });

  it('are found by the number on the receipt', async () => {
    const { order } = await orders.sell();
    const query = 'query ($number: String!) { orderByNumber(number: $number) { id } }';
    expect(await orders.read(query, { number: order.number })).toEqual({ orderByNumber: { id: order.id } });
    expect(await orders.read(query, { number: order.number }, otherShop)).toEqual({ orderByNumber: null });
    expect(await orders.read(query, { number: 'none' })).toEqual({ orderByNumber: null });
  });
});

describe('whose rows these are', () => {
  let sold: { orderId: string; saleId: string; returnId: string; ticketId: string };
  beforeAll(async () => {
    const sale = await orders.sell({ customer: { id: 'c-1' } });
    const back = returnInput({ original: { orderId: sale.order.id } });
    const { results } = await orders.answer('recordTransactions', { transactions: [{ return: back }] });
    const [recorded] = results ?? [];
    sold = {
      orderId: sale.order.id,
      saleId: sale.transaction.id,
      returnId: recorded?.return?.id ?? '',
      ticketId: recorded?.transaction?.id ?? '',
    };
  });

  const PATHS = `query ($order: ID!, $sale: ID!, $ticket: ID!, $refs: [_Any!]!) {
    order(id: $order) { id returns { id } } sale: storeTransaction(id: $sale) { id order { id } } ticket: storeTransaction(id: $ticket) { id return { id order { id } } }
    _entities(representations: $refs) { ... on Order { id } ... on Return { id } ... on StoreTransaction { id } } }`;
  const see = (principal: Principal) =>
    orders.read(
      PATHS,
      {
        order: sold.orderId,
        sale: sold.saleId,
        ticket: sold.ticketId,
        refs: [
          { __typename: 'Order', id: sold.orderId },
          { __typename: 'Return', id: sold.returnId },
          { __typename: 'StoreTransaction', id: sold.saleId },
          { __typename: 'StoreTransaction', id: sold.ticketId },
        ],
      },
      principal,
    );

  it.each([
    ['the shopper they belong to', () => shopperOf('c-1')],
    ['the staff of their shop', () => till],
    ['an operator', () => operator],
  ])('%s sees them on every path', async (_, principal) => {
    const { orderId, saleId, returnId, ticketId } = sold;
    expect(await see(principal())).toEqual({
      order: { id: orderId, returns: [{ id: returnId }] },
      sale: { id: saleId, order: { id: orderId } },
      ticket: { id: ticketId, return: { id: returnId, order: { id: orderId } } },
      _entities: [orderId, returnId, saleId, ticketId].map((id) => ({ id })),
    });
  });

  it.each([
    ['another shopper', () => shopperOf('c-2')],
    ['the staff of another shop', () => otherShop],
  ])('%s sees them on none', async (_, principal) => {
    const nothing = { order: null, sale: null, ticket: null, _entities: [null, null, null, null] };
    expect(await see(principal())).toEqual(nothing);
  });

  it('lists are narrowed, and lists of somebody else are empty', async () => {
    const listed = async (filter: object, principal: Principal) =>
      idsOf(await page(ORDERS, { filter, first: 100 }, principal));
    expect(await listed({}, shopperOf('c-1'))).toContain(sold.orderId);
    expect(await listed({}, shopperOf('c-2'))).not.toContain(sold.orderId);
    expect(await listed({ customerId: 'c-1' }, shopperOf('c-2'))).toEqual([]);
    expect(await listed({ location: LOCATION }, otherShop)).toEqual([]);
    expect(await listed({}, otherShop)).not.toContain(sold.orderId);
    const held = await orders.sell({ tenders: [] });
    expect(idsOf(await page(HELD, { first: 100 }, till))).toContain(held.transaction.id);
    expect(idsOf(await page(HELD, { first: 100 }, shopperOf('c-1')))).toEqual([]);
    expect(idsOf(await page(HELD, { location: LOCATION }, otherShop))).toEqual([]);
  });

  it('an id that is none is nobody’s: null, without an error', async () => {
    const none = randomUUID();
    const query = 'query ($id: ID!) { order(id: $id) { id } storeTransaction(id: $id) { id } }';
    expect(await orders.read(query, { id: none })).toEqual({ order: null, storeTransaction: null });
  });
});
