// The first ten minutes of a user, on the product as `npm start` runs it: a mug is sold, stock and points follow live, a return
// gives both back, and a killed process comes back with all of it.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, newDataDir, npmStart, removeFolder, type StartedGraph } from '../kit/npm-start.ts';

const CARD = '9826000000017';

let dataDir: string;
let graph: StartedGraph;
let here: string;
let sequence = 0;

beforeAll(async () => {
  dataDir = await newDataDir();
  graph = await npmStart(dataDir);
  here = locationOf(graph.token('store'));
});

afterAll(async () => {
  await graph?.stop();
  await removeFolder(dataDir);
});

/** The shop a token is bound to. */
function locationOf(token: string): string {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { location: string };
  return claims.location;
}

async function ask<T>(query: string, variables: Record<string, unknown> = {}, role?: 'store' | 'operator'): Promise<T> {
  const answer = await graph.ask(query, variables, role && graph.token(role));
  expect(answer.errors).toBeUndefined();
  return answer.data as T;
}

const SALE = `mutation Sell($input: RecordSaleInput!) {
  recordSale(input: $input) {
    __typename
    ... on SaleRecorded { duplicate transaction { exceptions { code } } order { id totals { net { amount } } } }
    ... on Rejection { code message }
  }
}`;

interface Sold {
  readonly recordSale: {
    readonly __typename: string;
    readonly duplicate: boolean;
    readonly transaction: { readonly exceptions: readonly unknown[] };
    readonly order: { readonly id: string; readonly totals: { readonly net: { readonly amount: string } } };
  };
}

function ticket(sku: string, count: number, price: string, changes: Record<string, unknown> = {}) {
  sequence += 1;
  const total = (count * Number(price)).toFixed(2);
  return {
    transactionId: randomUUID(),
    location: here,
    workstation: 'till-e2e',
    sequence,
    businessDate: '2026-11-24',
    occurredAt: '2026-11-24T09:30:00Z',
    currency: 'GBP',
    customer: { identity: { type: 'LOYALTY_CARD', value: CARD } },
    lines: [
      { lineNo: 1, sku, quantity: { value: String(count) }, unitPrice: price, taxRate: '0.20', lineTotal: total },
    ],
    tenders: [{ type: 'CARD', amount: total }],
    grandTotal: total,
    ...changes,
  };
}

async function sell(sku: string, count: number, price: string) {
  const sold = ticket(sku, count, price);
  const input = { idempotencyKey: randomUUID(), ...sold };
  const { recordSale } = await ask<Sold>(SALE, { input }, 'store');
  return { input, recordSale };
}

const STOCK = `query Stock($location: Gln!) {
  stockPosition(sku: "MUG-BLUE", location: $location) { onHand { value } }
}`;
const MEMBER = `query Member($card: String!) {
  customerByIdentity(type: LOYALTY_CARD, value: $card) { id name loyalty { id balances { pending } } }
}`;

const onHand = async () =>
  Number(
    (await ask<{ stockPosition: { onHand: { value: string } } }>(STOCK, { location: here })).stockPosition.onHand.value,
  );

interface Member {
  readonly customerByIdentity: { readonly loyalty: { readonly id: string; readonly balances: { pending: string } } };
}
const member = async () => (await ask<Member>(MEMBER, { card: CARD }, 'operator')).customerByIdentity.loyalty;

/** Acts again and again until the stream has told something: from then on nothing is missed. */
async function primed(stream: AsyncIterableIterator<Answer>, act: () => Promise<unknown>): Promise<void> {
  let told = false;
  const first = stream.next().then((result) => {
    told = true;
    return result;
  });
  while (!told) {
    await act();
    await Promise.race([first, new Promise((resolve) => setTimeout(resolve, 200))]);
  }
  expect((await first).value?.errors).toBeUndefined();
}

/** Reads on until an event is as wanted; answers it. */
async function until<T>(stream: AsyncIterableIterator<Answer>, wanted: (data: T) => boolean): Promise<T> {
  for await (const { data, errors } of { [Symbol.asyncIterator]: () => ({ next: () => stream.next() }) }) {
    expect(errors).toBeUndefined();
    if (wanted(data as T)) return data as T;
  }
  throw new Error('the subscription ended');
}

interface StockChanged {
  readonly stockChanged: {
    readonly position: {
      readonly onHand: { readonly value: string };
      readonly at: { readonly name: string };
      readonly variant: { readonly title: string; readonly price: { readonly amount: { readonly amount: string } } };
    };
  };
}
interface PointsChanged {
  readonly pointsChanged: { readonly account: { readonly balances: { readonly pending: string } } };
}

test('a mug is sold: stock falls and points are pending before a subscriber’s eyes; a return gives both back', async () => {
  const { id: accountId } = await member();
  const stock = graph.subscribe(
    `subscription Stock($location: Gln!) { stockChanged(skus: ["mug-blue"], locations: [$location]) {
       position { onHand { value } at { name } variant { title price { amount { amount } } } } } }`,
    { location: here },
    graph.token('store'),
  );
  const points = graph.subscribe(
    'subscription Points($accountId: ID!) { pointsChanged(accountId: $accountId) { account { balances { pending } } } }',
    { accountId },
    graph.token('operator'),
  );
  const FOUND = `mutation Found($input: AdjustStockInput!) { adjustStock(input: $input) { __typename } }`;
  await primed(stock, () => {
    const delta = { value: '1' };
    const input = { idempotencyKey: randomUUID(), sku: 'MUG-BLUE', location: here, delta, reasonCode: 'FOUND' };
    return ask(FOUND, { input }, 'store');
  });
  await primed(points, () => sell('MUG-BLUE', 1, '8.95'));

  // What primed the streams has settled when two more looks agree.
  let before = { stock: await onHand(), pending: Number((await member()).balances.pending) };
  for (let quiet = 0; quiet < 3; quiet += 1) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    const now = { stock: await onHand(), pending: Number((await member()).balances.pending) };
    if (now.stock !== before.stock || now.pending !== before.pending) quiet = -1;
    before = now;
  }

  const { input, recordSale } = await sell('MUG-BLUE', 2, '8.95');
  expect(recordSale).toMatchObject({ __typename: 'SaleRecorded', duplicate: false, transaction: { exceptions: [] } });
  const earned = Math.floor(Number(recordSale.order.totals.net.amount));
  expect(earned).toBe(14);
  const seen = await until<StockChanged>(
    stock,
    ({ stockChanged }) => Number(stockChanged.position.onHand.value) === before.stock - 2,
  );
  expect(seen.stockChanged.position.at.name).not.toBe('');
  expect(seen.stockChanged.position.variant.title).toMatch(/mug/i);
  expect(Number(seen.stockChanged.position.variant.price.amount.amount)).toBeGreaterThan(0);
  const pendingIs = (expected: number) => (event: PointsChanged) =>
    Number(event.pointsChanged.account.balances.pending) === expected;
  await until(points, pendingIs(before.pending + earned));

  const { lines, ...sold } = ticket('MUG-BLUE', 2, '8.95', { original: { transactionId: input.transactionId } });
  const back = { ...sold, lines: lines.map((line) => ({ ...line, disposition: 'RESTOCK' })) };
  const { recordTransactions } = await ask<{ recordTransactions: { results: { __typename: string }[] } }>(
    `mutation Back($input: RecordTransactionsInput!) { recordTransactions(input: $input) {
       ... on TransactionsRecorded { results { __typename } } } }`,
    { input: { idempotencyKey: randomUUID(), transactions: [{ return: back }] } },
    'store',
  );
  expect(recordTransactions.results).toEqual([{ __typename: 'ReturnRecorded' }]);
  await until<StockChanged>(stock, ({ stockChanged }) => Number(stockChanged.position.onHand.value) === before.stock);
  await until(points, pendingIs(before.pending));
});

test('killed and started again it has lost nothing, doubled nothing and knows the ticket', async () => {
  const before = await onHand();
  const { input } = await sell('MUG-BLUE', 3, '8.95');
  await graph.kill();
  graph = await npmStart(dataDir);
  const again = await ask<Sold>(SALE, { input: { ...input, idempotencyKey: randomUUID() } }, 'store');
  expect(again.recordSale).toMatchObject({ __typename: 'SaleRecorded', duplicate: true });
  await expect.poll(onHand, { timeout: 60_000 }).toBe(before - 3);

  const pending = (await member()).balances.pending;
  await graph.stop();
  graph = await npmStart(dataDir);
  expect(await onHand()).toBe(before - 3);
  expect((await member()).balances.pending).toBe(pending);
});
