// Points on a real database: what sales and returns do to accounts, in whatever order the two logs tell of sales and members.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Identity, identityHash } from '#contracts/identities.ts';
import { statement } from '#platform/db/statement.ts';
import { sleep } from '#platform/kernel/clock.ts';
import { EventLog } from '#platform/messaging/event-log.ts';
import { Outbox } from '#platform/messaging/outbox.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import { customerSubgraph } from '../../subgraphs/customer/main.ts';
import { applyCustomers } from '../../subgraphs/loyalty/commands/apply-customers.ts';
import { applySales } from '../../subgraphs/loyalty/commands/apply-sales.ts';
import { loyaltySubgraph } from '../../subgraphs/loyalty/main.ts';
import { principalOf, startGraph, type TestGraph, testKeys } from '../kit/graph.ts';
import { broughtBack, orderLog, sold, tell, toldReturn, toldSale } from '../kit/order-log.ts';

const REGISTER = `mutation ($input: RegisterCustomerInput!) { registerCustomer(input: $input) {
  ... on CustomerRegistered { customer { id } } } }`;
const LINK = 'mutation ($input: LinkIdentityInput!) { linkIdentity(input: $input) { __typename } }';
const LOYALTY = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Customer { loyalty { id program tier version
  enrolledAt customer { id } balances { available pending held debt }
  entries { edges { node { kind points debit credit rule reverses source { system transaction line } order { id } } } } } } } }`;
const EARNED = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Order { pointsEarned } } }';
const operator = principalOf('operator');

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph([customerSubgraph, loyaltySubgraph, orderLog]);
});
afterAll(() => graph.close());

const card = (): Identity => ({ type: 'LOYALTY_CARD', value: randomUUID() });
const mail = (): Identity => ({ type: 'EMAIL', value: `${randomUUID()}@example.com` });
const hashOf = (identity: Identity) => identityHash(testKeys.identity, identity);

async function ask(subgraph: string, query: string, variables: Record<string, unknown>) {
  const { data, errors } = await graph.execute(subgraph, query, variables, operator);
  expect(errors).toBeUndefined();
  return data as Record<string, unknown>;
}

/** Registered long before any sale of these tests, unless told otherwise. */
async function register(identities: Identity[] = [card()], registeredAt = '2026-01-01T00:00:00Z'): Promise<string> {
  const input = { idempotencyKey: randomUUID(), identities, registeredAt };
  const { registerCustomer } = await ask('customer', REGISTER, { input });
  return (registerCustomer as { customer: { id: string } }).customer.id;
}

interface Loyalty {
  readonly version: number;
  readonly balances: { readonly pending: string };
  readonly entries: { readonly edges: readonly { readonly node: Record<string, unknown> }[] };
}

async function loyaltyOf(customerId: string): Promise<Loyalty | null> {
  await graph.settle();
  const { _entities } = await ask('loyalty', LOYALTY, { of: [{ __typename: 'Customer', id: customerId }] });
  return (_entities as [{ loyalty: Loyalty | null }])[0].loyalty;
}

const pendingOf = async (customerId: string) => (await loyaltyOf(customerId))?.balances.pending;

async function earnedBy(orderId: string): Promise<string> {
  const { _entities } = await ask('loyalty', EARNED, { of: [{ __typename: 'Order', id: orderId }] });
  return (_entities as [{ pointsEarned: string }])[0].pointsEarned;
}

describe('a sale', () => {
  it('of a member earns pending points, written double-entry, and says so', async () => {
    const customerId = await register();
    const sale = toldSale({ customerId, net: '21.99' });
    await graph.settle();
    await tell(graph, sold(sale));
    const loyalty = await loyaltyOf(customerId);
    expect(loyalty).toMatchObject({
      program: 'MEMBERS',
      tier: 'BASE',
      version: 2,
      enrolledAt: '2026-01-01T00:00:00.000Z',
      customer: { id: customerId },
      balances: { available: '0', pending: '21', held: '0', debt: '0' },
    });
    const source = { system: 'order', transaction: sale.transactionId, line: null };
    const sides = { debit: 'PROGRAM_EXPENSE', credit: 'LIABILITY_PENDING' };
    const order = { id: sale.orderId };
    expect(loyalty?.entries.edges.map(({ node }) => node)).toEqual([
      { kind: 'EARN_PENDING', points: '21', ...sides, rule: 'BASE_EARN@1', reverses: null, source, order },
    ]);
    expect(await earnedBy(sale.orderId)).toBe('21');
    const events = await new EventLog('loyalty', graph.subgraph('loyalty').db).read(0, 1_000);
    expect(events.at(-1)).toMatchObject({
      type: 'loyalty.points.pending',
      sequence: 2n,
      data: { customerId, points: '21', orderId: sale.orderId, balances: { pending: '21' } },
    });
  });

  it('earns by any identity of the member, seen as a hash', async () => {
    const known = mail();
    const customerId = await register([card(), known]);
    await tell(graph, sold(toldSale({ customerIdentityHash: hashOf(known) })));
    expect(await pendingOf(customerId)).toBe('21');
  });

  it('told twice, under two event ids, earns once', async () => {
    const customerId = await register();
    const sale = toldSale({ customerId });
    await tell(graph, sold(sale), sold(sale));
    await graph.settle();
    await tell(graph, sold(sale));
    expect(await pendingOf(customerId)).toBe('21');
  });

  it('of somebody without a loyalty card, or of nobody, earns nothing', async () => {
    const customerId = await register([mail()]);
    const sale = toldSale({ customerId });
    await tell(graph, sold(sale), sold(toldSale()));
    expect(await loyaltyOf(customerId)).toBeNull();
    expect(await earnedBy(sale.orderId)).toBe('0');
  });
});

describe('a sale before its member is known here', () => {
  it('earns when the registration arrives, by id or by identity', async () => {
    const identity = card();
    const sale = toldSale({ customerIdentityHash: hashOf(identity) });
    await tell(graph, sold(sale));
    await graph.settle();
    expect(await earnedBy(sale.orderId)).toBe('0');
    const customerId = await register([identity]);
    expect(await pendingOf(customerId)).toBe('21');
    expect(await earnedBy(sale.orderId)).toBe('21');
  });

  it('earns when the loyalty card is linked, as of the registration', async () => {
    const customerId = await register([mail()]);
    await tell(graph, sold(toldSale({ customerId })), sold(toldSale({ customerId, net: '4.00' })));
    expect(await loyaltyOf(customerId)).toBeNull();
    await ask('customer', LINK, { input: { idempotencyKey: randomUUID(), customerId, identity: card() } });
    expect(await pendingOf(customerId)).toBe('25');
  });

  it('earns when a member gets the identity it named', async () => {
    const late = mail();
    const customerId = await register();
    await tell(graph, sold(toldSale({ customerIdentityHash: hashOf(late) })));
    expect(await pendingOf(customerId)).toBe('0');
    await ask('customer', LINK, { input: { idempotencyKey: randomUUID(), customerId, identity: late } });
    expect(await pendingOf(customerId)).toBe('21');
  });

  it('earns nothing when it happened before the enrolment, whichever comes first', async () => {
    const identity = card();
    const early = { customerIdentityHash: hashOf(identity), occurredAt: '2025-12-31T23:59:59.999Z' };
    await tell(graph, sold(toldSale(early)));
    await graph.settle();
    const customerId = await register([identity], '2026-01-01T00:00:00Z');
    await graph.settle();
    await tell(graph, sold(toldSale(early)));
    expect(await pendingOf(customerId)).toBe('0');
  });

  it('meets a member who is just being written: each waits for the other', async () => {
    const [customerId, orderId] = [randomUUID(), randomUUID()];
    const { db } = graph.subgraph('loyalty');
    const outbox = new Outbox(() => undefined);
    const deps = { db, outbox, clock: graph.clock, logger: silentLogger, keys: testKeys };
    const named = { transactionId: orderId, customerId, customerIdentityHash: null, currency: 'GBP', net: 2_100n };
    const unsettled = { accountId: null, earnEntryId: null, points: 0n, returned: 0n, reversed: 0n };
    const sale = { orderId, ...named, occurredAt: new Date(), ...unsettled };
    const state = { customerId, identityHashes: [], member: true, registeredAt: new Date('2026-01-01') };
    let registration: Promise<void> | undefined;
    await db.transaction('sale', async (tx) => {
      await applySales(deps, tx, [sale]);
      // Looks for waiting sales while this one is not committed.
      registration = db.transaction('registration', (other) => applyCustomers(deps, other, [state]));
      await sleep(100);
    });
    await registration;
    expect(await pendingOf(customerId)).toBe('21');
  });

  it('loses none of many when sales and registrations race', async () => {
    const identities = Array.from({ length: 40 }, card);
    const told = identities.map((identity) => tell(graph, sold(toldSale({ customerIdentityHash: hashOf(identity) }))));
    const customers = await Promise.all(identities.map((identity) => register([identity])));
    await Promise.all(told);
    for (const customerId of customers) expect(await pendingOf(customerId)).toBe('21');
  });
});

describe('a return', () => {
  it('in parts takes back its share each time, and all of it in the end', async () => {
    const customerId = await register();
    const sale = toldSale({ customerId, net: '10.50' });
    await tell(graph, sold(sale));
    const left: (string | undefined)[] = [];
    for (const net of ['3.50', '0.01', '6.99']) {
      await tell(graph, broughtBack(toldReturn(sale.orderId, net)));
      left.push(await pendingOf(customerId));
    }
    expect(left).toEqual(['7', '7', '0']);
    expect(await earnedBy(sale.orderId)).toBe('0');
    const { entries } = (await loyaltyOf(customerId)) as Loyalty;
    expect(entries.edges.map(({ node }) => [node.kind, node.points])).toEqual([
      ['REVERSE_EARN', '7'],
      ['REVERSE_EARN', '3'],
      ['EARN_PENDING', '10'],
    ]);
  });

  it('told twice takes back once, of more than was sold no more than was earned', async () => {
    const customerId = await register();
    const sale = toldSale({ customerId });
    const back = broughtBack(toldReturn(sale.orderId, '7.00'));
    await tell(graph, sold(sale), back, back);
    expect(await pendingOf(customerId)).toBe('14');
    await tell(graph, back, broughtBack(toldReturn(sale.orderId, '99.00')));
    expect(await pendingOf(customerId)).toBe('0');
  });

  it('without a receipt takes back nothing, nor does a line that is not of the order', async () => {
    const customerId = await register();
    const sale = toldSale({ customerId });
    const foreign = toldReturn(sale.orderId, '7.00');
    const lines = foreign.lines.map((line) => ({ ...line, orderLineNo: null }));
    await tell(
      graph,
      sold(sale),
      broughtBack(toldReturn(null, '7.00', { customerId })),
      broughtBack({ ...foreign, lines }),
    );
    expect(await pendingOf(customerId)).toBe('21');
  });

  it('of a sale that waits for its member is applied with it', async () => {
    const identity = card();
    const sale = toldSale({ customerIdentityHash: hashOf(identity) });
    await tell(graph, sold(sale), broughtBack(toldReturn(sale.orderId, '7.00')));
    await graph.settle();
    const customerId = await register([identity]);
    expect(await pendingOf(customerId)).toBe('14');
    await tell(graph, broughtBack(toldReturn(sale.orderId, '14.00')));
    expect(await pendingOf(customerId)).toBe('0');
  });

  it('of an order nobody told of yet is applied when its sale comes', async () => {
    const customerId = await register();
    const sale = toldSale({ customerId });
    await tell(graph, broughtBack(toldReturn(sale.orderId, '7.00')));
    await graph.settle();
    await tell(graph, sold(sale));
    expect(await pendingOf(customerId)).toBe('14');
  });
});

describe('the ledger', () => {
  it('is what the balances are the fold of, after everything above and hundreds of events at once', async () => {
    const customers = await Promise.all([register(), register(), register()]);
    const sales = Array.from({ length: 300 }, (_, n) =>
      toldSale({ customerId: customers[n % 3] ?? null, net: `${n}.50` }),
    );
    await tell(
      graph,
      ...sales.map(sold),
      ...sales.map(({ orderId }, n) => broughtBack(toldReturn(orderId, `${n % 7}.00`))),
    );
    await graph.settle();
    const balances = statement(
      'test.balances',
      `select a.id, a.pending::text, a.version, count(e.id)::int as entries,
         coalesce(sum(case when e.credit = 'LIABILITY_PENDING' then e.points when e.debit = 'LIABILITY_PENDING' then -e.points end), 0)::text as fold
       from loyalty_account a left join points_entry e on e.account_id = a.id group by a.id`,
      (row) => row as { pending: string; fold: string; version: number; entries: number },
    );
    const rows = await graph.subgraph('loyalty').db.all(balances);
    expect(rows.length).toBeGreaterThan(50);
    expect(rows.filter(({ pending, fold }) => pending !== fold)).toEqual([]);
    expect(rows.filter(({ version, entries }) => version !== entries + 1)).toEqual([]);
  });

  it('cannot be changed or deleted, not even by our own code', async () => {
    const wipe = statement('test.wipe', 'update points_entry set points = 1', () => undefined);
    await expect(graph.subgraph('loyalty').db.all(wipe)).rejects.toThrow(/ledger/);
  });
});
