// Live data through the gateway, in process and over HTTP: joined fields, resume, leaving, what ends a socket and what does not.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { positionChanged } from '#contracts/inventory.ts';
import { mintToken } from '#platform/auth/tokens.ts';
import { sleep } from '#platform/kernel/clock.ts';
import { newId } from '#platform/kernel/ids.ts';
import { event } from '#platform/messaging/contract.ts';
import { Outbox } from '#platform/messaging/outbox.ts';
import { type EventStream, eventStream } from '../kit/event-stream.ts';
import { modes, runGateway, type TestGateway, tokenSettings } from '../kit/gateway.ts';
import { principalOf } from '../kit/graph.ts';
import type { LiveSocket, LiveStream } from '../kit/live-socket.ts';
import { fillShelf } from '../kit/shelf.ts';
import { LOCATION, saleInput } from '../kit/tickets.ts';

const STOCK = `subscription ($skus: [ID!], $after: Cursor) { stockChanged(skus: $skus, after: $after) {
  cursor snapshot position { sku version available { value } variant { title price { amount { amount } } } at { name } } } }`;
const ORDERS = `subscription ($after: Cursor) { orderChanged(after: $after) {
  cursor order { id version lines { variant { title } } customer { name } location { name } } } }`;
const ADJUST = `mutation ($input: AdjustStockInput!) { adjustStock(input: $input) { __typename ... on StockAdjusted { position { version } } } }`;
const SELL = `mutation ($input: RecordSaleInput!) { recordSale(input: $input) { ... on SaleRecorded { order { id } } } }`;

interface StockTold {
  readonly cursor: string;
  readonly snapshot: boolean;
  readonly position: { readonly sku: string; readonly version: number };
}

const penChanged = (version: number) => {
  const data = { sku: 'PEN', location: LOCATION, uom: 'EA', onHand: '1', reserved: '0', available: '1', version };
  const fields = { key: `PEN@${LOCATION}`, sequence: version, occurredAt: new Date('2026-11-24T10:00:00Z'), data };
  return event(positionChanged, fields);
};

describe.each(modes)('live data with subgraphs %s', (mode) => {
  let gateway: TestGateway;
  let till: string;
  let live: LiveSocket;
  beforeAll(async () => {
    gateway = await runGateway(mode);
    await fillShelf(gateway, [
      { sku: 'MUG-BLUE', title: 'Blue mug', stock: 100 },
      { sku: 'CANDLE', price: '12.00', stock: 100 },
      { sku: 'PEN', stock: 100 },
    ]);
    till = await gateway.token('store', { location: LOCATION });
  });
  afterEach(() => live?.close());
  afterAll(() => gateway?.close());

  /** Takes one away; answers the position's version. */
  const adjust = async (sku: string): Promise<number> => {
    const input = { idempotencyKey: newId(), sku, location: LOCATION, delta: { value: '-1' }, reasonCode: 'COUNTED' };
    const { data, errors } = await gateway.ask(ADJUST, { input }, till);
    if (errors || !data) throw new Error(JSON.stringify(errors));
    return (data.adjustStock as { position: { version: number } }).position.version;
  };
  /** A cursor at the live end: what happens from now on lies behind it, whenever the subscription begins. */
  const cursorNow = async (sku: string): Promise<string> => {
    const stream = live.subscribe(STOCK, { skus: [sku] });
    let told: StockTold | undefined;
    let version = 0;
    const first = stream.take<StockTold>(1).then(([one]) => (told = one));
    // Nothing says that a subscription has begun: there are changes until one is told.
    while (!told) {
      version = await adjust(sku);
      await Promise.race([first, sleep(100)]);
    }
    while (told && told.position.version < version) [told] = await stream.take<StockTold>(1);
    stream.leave();
    return String(told?.cursor);
  };

  it('joins what other subgraphs know to each event', async () => {
    live = gateway.connect();
    const after = await cursorNow('MUG-BLUE');
    await adjust('MUG-BLUE');
    const [told] = await live.subscribe(STOCK, { skus: ['MUG-BLUE'], after }).take<StockTold>(1);
    expect(told).toMatchObject({
      snapshot: false,
      position: {
        sku: 'MUG-BLUE',
        variant: { title: 'Blue mug', price: { amount: { amount: '4.50' } } },
        at: { name: 'High Street' },
      },
    });
  });

  it('orderChanged tells of each order once, in order, with names of other subgraphs, and only to who may see it', async () => {
    live = gateway.connect(till);
    const orders = live.subscribe(ORDERS);
    const other = gateway.connect(await gateway.token('shopper', { customerId: newId() }));
    const elsewhere = other.subscribe(ORDERS);
    const sold: string[] = [];
    const sell = async () => {
      const { data, errors } = await gateway.ask(SELL, { input: saleInput() }, till);
      if (errors || !data) throw new Error(JSON.stringify(errors));
      sold.push((data.recordSale as { order: { id: string } }).order.id);
    };
    type OrderTold = { cursor: string; order: { id: string } };
    let first: OrderTold | undefined;
    const told = orders.take<OrderTold>(1).then(([one]) => (first = one));
    let selling: Promise<void> | undefined;
    while (!first) {
      selling = sell().then(() => sleep(50));
      await Promise.race([selling, told]);
    }
    // One may be on its way still: it counts.
    await selling;
    await sell();
    await sell();
    const from = sold.indexOf(first.order.id);
    const rest = await orders.take<OrderTold>(sold.length - from - 1);
    expect([first, ...rest].map(({ order }) => order.id)).toEqual(sold.slice(from));
    expect(rest.at(-1)).toMatchObject({
      order: { lines: [{ variant: { title: 'Blue mug' } }, {}], customer: null, location: { name: 'High Street' } },
    });
    await expect(Promise.race([elsewhere.next(), sleep(200).then(() => 'nothing')])).resolves.toBe('nothing');
  });

  it('goes on behind `after` when the gateway was restarted: no gap, nothing twice', async () => {
    live = gateway.connect();
    const after = await cursorNow('CANDLE');
    const stream = live.subscribe(STOCK, { skus: ['CANDLE'], after });
    await adjust('CANDLE');
    await adjust('CANDLE');
    const before = await stream.take<StockTold>(2);
    const restarted = gateway.restart();
    expect(await live.closed).toMatchObject({ code: 1012, reason: expect.stringContaining('after') });
    await restarted;
    await adjust('CANDLE');
    live = gateway.connect();
    const resumed = live.subscribe(STOCK, { skus: ['CANDLE'], after: before[1]?.cursor });
    await adjust('CANDLE');
    const versions = [...before, ...(await resumed.take<StockTold>(2))].map(({ position }) => position.version);
    expect(versions).toEqual(versions.map((_, index) => Number(versions[0]) + index));
  });

  it('events go on behind Last-Event-ID when the gateway was restarted: no gap, nothing twice', async () => {
    live = gateway.connect();
    const query = `subscription ($skus: [ID!]) { stockChanged(skus: $skus) { position { version variant { title } } } }`;
    const follow = (id: string | undefined) =>
      eventStream(gateway.url, { query, variables: { skus: ['CANDLE'] }, headers: { 'last-event-id': id ?? '' } });
    const told: number[] = [];
    const read = async (stream: EventStream, count: number): Promise<string | undefined> => {
      let id: string | undefined;
      for (let n = 0; n < count; n += 1) {
        const message = await stream.next();
        ({ id } = message ?? { id: undefined });
        const { data } = JSON.parse(message?.data ?? '{}') as { data: { stockChanged: StockTold } };
        expect(data.stockChanged.position).toMatchObject({ variant: { title: 'CANDLE' } });
        told.push(data.stockChanged.position.version);
      }
      return id;
    };
    const first = await follow(await cursorNow('CANDLE'));
    await adjust('CANDLE');
    await adjust('CANDLE');
    const id = await read(first, 2);
    await gateway.restart();
    expect(await first.next()).toBeUndefined();
    await adjust('CANDLE');
    const second = await follow(id);
    await adjust('CANDLE');
    await read(second, 2);
    second.leave();
    expect(told).toEqual(told.map((_, index) => Number(told[0]) + index));
  });

  it('refuses a foreign cursor, a missing token and a missing scope, each on its own subscription only', async () => {
    live = gateway.connect();
    const after = await cursorNow('PEN');
    const good = live.subscribe(STOCK, { skus: ['PEN'], after });
    const firstError = async (stream: LiveStream) => (await stream.next())?.errors?.[0];
    expect(await firstError(live.subscribe(STOCK, { after: 'made-up' }))).toMatchObject({
      message: expect.stringContaining('cursor'),
      extensions: { code: 'INVALID_CURSOR', issues: [{ path: 'after' }] },
    });
    expect(await firstError(live.subscribe(ORDERS))).toMatchObject({ extensions: { reason: 'UNAUTHENTICATED' } });
    const feed = gateway.connect(await gateway.token('feed', { system: 'erp' }));
    expect(await firstError(feed.subscribe(ORDERS))).toMatchObject({ extensions: { reason: 'FORBIDDEN' } });
    await adjust('PEN');
    expect(await good.take(1)).toHaveLength(1);
  });

  it('an operation that is wrong in any way ends itself, not the others on its socket', async () => {
    live = gateway.connect();
    const after = await cursorNow('PEN');
    const good = live.subscribe(STOCK, { skus: ['PEN'], after });
    const trap = 'subscription ($yes: Boolean!) { stockChanged @include(if: $yes) { cursor } }';
    const code = (query: string, variables = {}) =>
      live
        .subscribe(query, variables)
        .next()
        .then(
          (answer) => answer?.errors?.[0]?.extensions?.code,
          (error: { code?: string }) => error.code,
        );
    expect(await code('subscription {')).toBe('GRAPHQL_PARSE_FAILED');
    expect(await code('subscription { nothing }')).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(await code(trap, { yes: true })).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(await code('fragment F on Query { __typename }')).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(await code(STOCK, { skus: [{}] })).toBe('BAD_USER_INPUT');
    expect(await live.subscribe('{ variant(sku: "PEN") { title } }').next()).toEqual({
      data: { variant: { title: 'PEN' } },
    });
    await adjust('PEN');
    expect(await good.take(1)).toHaveLength(1);
  });

  it('a client that leaves closes the stream in the subgraph at once, without waiting for an event', async () => {
    live = gateway.connect();
    const inventory = gateway.subgraph('inventory');
    await expect.poll(() => inventory.subscribers).toBe(0);
    const streams = ['PEN', 'MUG-BLUE', 'PEN'].map((sku) => live.subscribe(STOCK, { skus: [sku] }));
    // Those who ask the same share one.
    await expect.poll(() => inventory.subscribers).toBe(2);
    streams[1]?.leave();
    await expect.poll(() => inventory.subscribers, { timeout: 500 }).toBe(1);
    streams[0]?.leave();
    await sleep(100);
    expect(inventory.subscribers).toBe(1);
    live.close();
    await expect.poll(() => inventory.subscribers, { timeout: 500 }).toBe(0);
  });

  it('a bad token closes the socket with the reason; one that expires later closes it then', async () => {
    live = gateway.connect('not.a.token');
    await expect(live.subscribe(STOCK).next()).rejects.toThrow('The token is not valid here');
    expect(await live.closed).toMatchObject({ code: 4403, reason: 'The token is not valid here' });
    const soon = new Date(gateway.clock.now().getTime() + 2_000);
    live = gateway.connect(await mintToken(tokenSettings, principalOf('operator'), soon));
    const stream = live.subscribe(ORDERS);
    await expect(stream.next()).rejects.toMatchObject({ code: 4403 });
    expect(await live.closed).toMatchObject({ reason: expect.stringContaining('expired') });
  });

  it('a reader that is too slow gets what it had in order, then 4429 and how to resume', async () => {
    live = gateway.connect();
    const after = await cursorNow('PEN');
    // Wide answers, so that the network's own buffers are full early.
    const wide = Array.from({ length: 20 }, (_, n) => `${'wide'.repeat(250)}${n}: sku`).join(' ');
    const selection = `cursor position { version ${wide} }`;
    const query = `subscription ($skus: [ID!], $after: Cursor) { stockChanged(skus: $skus, after: $after) { ${selection} } }`;
    const stream = live.subscribe(query, { skus: ['PEN'], after });
    await adjust('PEN');
    const [first] = await stream.take<StockTold>(1);
    const from = Number(first?.position.version) + 1;
    const socket = await live.opened();
    socket.pause();
    const { db } = gateway.subgraph('inventory');
    const changes = Array.from({ length: 3_000 }, (_, n) => penChanged(from + n));
    await db.transaction('many', async (tx) => new Outbox(() => undefined).append(tx, changes, gateway.clock.now()));
    await sleep(1_500);
    socket.resume();
    const versions: number[] = [];
    await expect(
      (async () => {
        for (;;) versions.push(...(await stream.take<StockTold>(1)).map(({ position }) => position.version));
      })(),
    ).rejects.toMatchObject({ code: 4429 });
    expect(await live.closed).toMatchObject({ code: 4429, reason: expect.stringContaining('`after`') });
    expect(versions.length).toBeLessThan(changes.length);
    expect(versions).toEqual(versions.map((_, index) => from + index));
  });
});
