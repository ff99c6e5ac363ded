// Reading points: whose account a caller sees, pages of the ledger, and pointsChanged live, resumed and after a snapshot.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Principal } from '#platform/auth/principal.ts';
import type { OperationResult } from '#platform/graphql/executor.ts';
import { signLogCursor } from '#platform/messaging/cursor.ts';
import { customerSubgraph } from '../../subgraphs/customer/main.ts';
import { loyaltySubgraph } from '../../subgraphs/loyalty/main.ts';
import { principalOf, startGraph, type TestGraph, testKeys } from '../kit/graph.ts';
import { broughtBack, orderLog, sold, tell, toldReturn, toldSale } from '../kit/order-log.ts';

const REGISTER = `mutation ($input: RegisterCustomerInput!) { registerCustomer(input: $input) {
  ... on CustomerRegistered { customer { id } } } }`;
const OF_CUSTOMER = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Customer { loyalty { id } } } }';
const EARNED = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Order { pointsEarned } } }';
const ACCOUNT = 'query ($id: ID!) { loyaltyAccount(id: $id) { id balances { pending } } }';
const PAGE = `query ($id: ID!, $first: Int, $after: Cursor) { loyaltyAccount(id: $id) { entries(first: $first, after: $after) {
  edges { node { points } } pageInfo { hasNextPage endCursor } } } }`;
const CHANGES = `subscription ($id: ID!, $after: Cursor) { pointsChanged(accountId: $id, after: $after) {
  cursor occurredAt snapshot kind points order { id } account { id version balances { pending } } } }`;

const operator = principalOf('operator');
const shopper = (customerId: string) => principalOf('shopper', { customerId });

interface Change {
  readonly cursor: string;
  readonly snapshot: boolean;
  readonly points: string | null;
  readonly account: { readonly version: number; readonly balances: { readonly pending: string } };
}

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph([customerSubgraph, loyaltySubgraph, orderLog]);
});
afterAll(() => graph.close());

async function ask(subgraph: string, query: string, variables: Record<string, unknown>, principal = operator) {
  const { data, errors } = await graph.execute(subgraph, query, variables, principal);
  if (errors) throw Object.assign(new Error(errors[0]?.message), errors[0]?.extensions);
  return data as Record<string, unknown>;
}

async function member(): Promise<{ customerId: string; accountId: string }> {
  const identities = [{ type: 'LOYALTY_CARD', value: randomUUID() }];
  const input = { idempotencyKey: randomUUID(), identities, registeredAt: '2026-01-01T00:00:00Z' };
  const { registerCustomer } = await ask('customer', REGISTER, { input });
  const { id: customerId } = (registerCustomer as { customer: { id: string } }).customer;
  await graph.settle();
  const { _entities } = await ask('loyalty', OF_CUSTOMER, { of: [{ __typename: 'Customer', id: customerId }] });
  return { customerId, accountId: (_entities as [{ loyalty: { id: string } }])[0].loyalty.id };
}

function follow(accountId: string, after?: string, principal: Principal = operator) {
  return graph.subscribe('loyalty', CHANGES, { id: accountId, ...(after ? { after } : {}) }, principal);
}

async function next(stream: AsyncIterableIterator<OperationResult>): Promise<Change> {
  const { value } = await stream.next();
  const { data, errors } = value as OperationResult;
  expect(errors).toBeUndefined();
  return data?.pointsChanged as Change;
}

describe('whose points a caller sees', () => {
  it('a shopper the own account; another one is as if there were none', async () => {
    const [mine, other] = [await member(), await member()];
    const [sale, otherSale] = [toldSale({ customerId: mine.customerId }), toldSale({ customerId: other.customerId })];
    await tell(graph, sold(sale), sold(otherSale));
    await graph.settle();
    const me = shopper(mine.customerId);
    expect(await ask('loyalty', ACCOUNT, { id: mine.accountId }, me)).toMatchObject({
      loyaltyAccount: { balances: { pending: '21' } },
    });
    expect(await ask('loyalty', ACCOUNT, { id: other.accountId }, me)).toEqual({ loyaltyAccount: null });
    const of = [mine, other].map(({ customerId }) => ({ __typename: 'Customer', id: customerId }));
    const found = await ask('loyalty', OF_CUSTOMER, { of }, me);
    expect(found).toEqual({ _entities: [{ loyalty: { id: mine.accountId } }, { loyalty: null }] });
    const orders = [sale, otherSale].map(({ orderId }) => ({ __typename: 'Order', id: orderId }));
    const earned = await ask('loyalty', EARNED, { of: orders }, me);
    expect(earned).toEqual({ _entities: [{ pointsEarned: '21' }, { pointsEarned: '0' }] });
  });

  it('a token with the scope but of no known role sees nobody', async () => {
    const { accountId } = await member();
    const stranger: Principal = { sub: 'x', clientId: 'x', roles: [], scopes: ['loyalty:read'] };
    expect(await ask('loyalty', ACCOUNT, { id: accountId }, stranger)).toEqual({ loyaltyAccount: null });
  });

  it('FORBIDDEN without the scope, UNAUTHENTICATED without a token', async () => {
    const feed = principalOf('feed', { system: 'erp' });
    await expect(ask('loyalty', ACCOUNT, { id: 'x' }, feed)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const { errors } = await graph.execute('loyalty', ACCOUNT, { id: 'x' });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe('the ledger of an account', () => {
  it('is read newest first in pages, and refuses another account’s cursor', async () => {
    const [one, other] = [await member(), await member()];
    const sales = ['1.00', '2.00', '3.00'].map((net) => toldSale({ customerId: one.customerId, net }));
    await tell(graph, ...sales.map(sold));
    await graph.settle();
    const page = async (after?: string) => {
      const { loyaltyAccount } = await ask('loyalty', PAGE, { id: one.accountId, first: 2, after: after ?? null });
      return (loyaltyAccount as { entries: { edges: { node: object }[]; pageInfo: { endCursor: string } } }).entries;
    };
    const first = await page();
    expect(first).toMatchObject({ edges: [{ node: { points: '3' } }, { node: { points: '2' } }] });
    const second = await page(first.pageInfo.endCursor);
    expect(second).toMatchObject({ edges: [{ node: { points: '1' } }], pageInfo: { hasNextPage: false } });
    const foreign = ask('loyalty', PAGE, { id: other.accountId, after: first.pageInfo.endCursor });
    await expect(foreign).rejects.toMatchObject({ code: 'INVALID_CURSOR' });
    const huge = ask('loyalty', PAGE, { id: one.accountId, first: 101 });
    await expect(huge).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});

describe('pointsChanged', () => {
  it('tells a shopper of each movement with the balances after it, of the own account only', async () => {
    const [mine, other] = [await member(), await member()];
    const stream = await follow(mine.accountId, undefined, shopper(mine.customerId));
    const sale = toldSale({ customerId: mine.customerId });
    await tell(graph, sold(toldSale({ customerId: other.customerId })), sold(sale));
    await tell(graph, broughtBack(toldReturn(sale.orderId, '7.00')));
    const order = { id: sale.orderId };
    expect(await next(stream)).toMatchObject({
      ...{ kind: 'EARN_PENDING', points: '21', snapshot: false, order },
      account: { id: mine.accountId, version: 2, balances: { pending: '21' } },
    });
    expect(await next(stream)).toMatchObject({
      ...{ kind: 'REVERSE_EARN', points: '7', order },
      account: { version: 3, balances: { pending: '14' } },
    });
    await stream.return?.();
  });

  it('goes on behind the cursor after a reconnection, without gap or double', async () => {
    const { customerId, accountId } = await member();
    const first = await follow(accountId);
    await tell(graph, sold(toldSale({ customerId, net: '1.00' })));
    const { cursor } = await next(first);
    await first.return?.();
    await tell(graph, sold(toldSale({ customerId, net: '2.00' })), sold(toldSale({ customerId, net: '3.00' })));
    await graph.settle();
    const second = await follow(accountId, cursor);
    await tell(graph, sold(toldSale({ customerId, net: '4.00' })));
    const seen = [await next(second), await next(second), await next(second)];
    expect(seen.map(({ points, snapshot }) => [points, snapshot])).toEqual([
      ['2', false],
      ['3', false],
      ['4', false],
    ]);
    expect(seen.map(({ account }) => account.balances.pending)).toEqual(['3', '6', '10']);
    await second.return?.();
  });

  it('begins with the present state when the cursor is of another life of the log', async () => {
    const { customerId, accountId } = await member();
    await tell(graph, sold(toldSale({ customerId })));
    await graph.settle();
    const stale = signLogCursor(testKeys.cursor, { logId: 'another', epoch: 1, position: 1 });
    const stream = await follow(accountId, stale);
    expect(await next(stream)).toMatchObject({
      snapshot: true,
      points: null,
      account: { balances: { pending: '21' } },
    });
    await tell(graph, sold(toldSale({ customerId })));
    expect(await next(stream)).toMatchObject({ snapshot: false, account: { balances: { pending: '42' } } });
    await stream.return?.();
  });

  it('FORBIDDEN: somebody else’s account, INVALID_CURSOR: what is no cursor, UNAUTHENTICATED: without a token', async () => {
    const [mine, other] = [await member(), await member()];
    await expect(follow(other.accountId, undefined, shopper(mine.customerId))).rejects.toThrow(/FORBIDDEN/);
    await expect(follow(mine.accountId, 'nonsense')).rejects.toThrow(/INVALID_CURSOR/);
    await expect(graph.subscribe('loyalty', CHANGES, { id: mine.accountId })).rejects.toThrow(/UNAUTHENTICATED/);
  });
});
