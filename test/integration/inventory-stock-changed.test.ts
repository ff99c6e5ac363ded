// stockChanged on a real log: live, resumed without gap or double, from a snapshot where the log cannot tell, never backwards.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { serializePrincipal } from '#platform/auth/principal.ts';
import type { OperationResult } from '#platform/graphql/executor.ts';
import { migrateSubgraph, RunningSubgraph } from '#platform/graphql/subgraph.ts';
import { sleep, systemClock } from '#platform/kernel/clock.ts';
import { openLogCursor, signLogCursor } from '#platform/messaging/cursor.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import { inventorySubgraph } from '../../subgraphs/inventory/main.ts';
import { templateDatabase } from '../kit/database.ts';
import { testKeys } from '../kit/graph.ts';
import {
  feed,
  HERE,
  type Inventory,
  mutateThrough,
  place,
  receipt,
  sale,
  startInventory,
  THERE,
} from '../kit/inventory.ts';

const SUBSCRIPTION = `subscription ($skus: [ID!], $locations: [Gln!], $after: Cursor) {
  stockChanged(skus: $skus, locations: $locations, after: $after) {
    cursor occurredAt snapshot position { sku location onHand { value } available { value } version at { name } } } }`;

interface Told {
  readonly cursor: string;
  readonly snapshot: boolean;
  readonly position: {
    readonly sku: string;
    readonly location: string;
    readonly onHand: { value: string };
    readonly version: number;
  };
}

let inventory: Inventory;
let open: AsyncIterableIterator<OperationResult>[] = [];
beforeAll(async () => {
  inventory = await startInventory();
});
afterEach(async () => {
  for (const stream of open) await stream.return?.();
  open = [];
});
afterAll(() => inventory.graph.close());

async function follow(variables: Record<string, unknown>) {
  const stream = await inventory.graph.subscribe('inventory', SUBSCRIPTION, variables);
  open.push(stream);
  return (count: number) => take(stream, count);
}

async function take(stream: AsyncIterableIterator<OperationResult>, count: number): Promise<Told[]> {
  const told: Told[] = [];
  while (told.length < count) {
    const { value, done } = await stream.next();
    if (done) break;
    if (value.errors) throw new Error(JSON.stringify(value.errors));
    told.push(value.data?.stockChanged as Told);
  }
  return told;
}

/** Stock whose own events lie behind the live end: a subscription that begins now does not see them. */
async function stock(sku: string, value: string, location = HERE): Promise<void> {
  await inventory.stock(sku, value, location);
  const sentinel = await inventory.graph.subscribe('inventory', SUBSCRIPTION, { skus: ['SENTINEL'] });
  await inventory.sell([{ sku: 'SENTINEL', quantity: '1' }]);
  const [{ position: seen } = { position: undefined }] = await take(sentinel, 1);
  const missing = Number((await inventory.position('SENTINEL'))?.version) - Number(seen?.version);
  await take(sentinel, missing);
  await sentinel.return?.();
}

const adjust = (sku: string, value: string, location = HERE) =>
  inventory.mutate('adjustStock', { sku, location, delta: { value }, reasonCode: 'COUNTED' });
const onHandOf = (told: readonly Told[]) => told.map(({ position }) => position.onHand.value);

describe('stockChanged', () => {
  it('tells anybody of each change of the SKUs and locations asked for, with what other fields say of them', async () => {
    await stock('LIVE', '5');
    await stock('OTHER', '5');
    const next = await follow({ skus: ['live'], locations: [HERE] });
    await adjust('OTHER', '1');
    await adjust('LIVE', '9', THERE);
    await adjust('LIVE', '-1');
    await inventory.reserve('LIVE', '1');
    await inventory.sell([{ sku: 'LIVE', quantity: '2' }]);
    const told = await next(3);
    expect(told.map(({ position }) => position)).toMatchObject([
      { sku: 'LIVE', location: HERE, onHand: { value: '4' }, available: { value: '4' }, at: { name: 'High Street' } },
      { onHand: { value: '4' }, available: { value: '3' } },
      { onHand: { value: '2' }, available: { value: '1' }, version: 4 },
    ]);
    expect(told.every(({ snapshot }) => !snapshot)).toBe(true);
  });

  it('goes on behind the last cursor: no gap, nothing twice', async () => {
    await stock('RESUME', '10');
    const next = await follow({ skus: ['RESUME'] });
    for (const delta of ['-1', '-1']) await adjust('RESUME', delta);
    const [first] = await next(1);
    await open[0]?.return?.();
    await adjust('RESUME', '-1');
    const resumed = await follow({ skus: ['RESUME'], after: first?.cursor });
    await adjust('RESUME', '-1');
    const told = await resumed(3);
    expect(onHandOf([...(first ? [first] : []), ...told])).toEqual(['9', '8', '7', '6']);
  });

  it('begins with the present states when the cursor is of another life of the log, then goes on live', async () => {
    await stock('SNAP', '3');
    await stock('SNAP', '4', THERE);
    const [now] = await (await followAfter('SNAP'))(1);
    const at = openLogCursor(testKeys.cursor, now?.cursor ?? '');
    const foreign = signLogCursor(testKeys.cursor, { ...at, epoch: at.epoch + 1 });
    const next = await follow({ skus: ['SNAP'], after: foreign });
    const present = await next(2);
    await adjust('SNAP', '-1');
    const told = [...present, ...(await next(1))];
    expect(told.map(({ snapshot, position }) => [snapshot, position.location, position.onHand.value])).toEqual([
      ...[
        [true, HERE, '4'],
        [true, THERE, '4'],
      ].toSorted(([, a], [, b]) => String(a).localeCompare(String(b))),
      [false, HERE, '3'],
    ]);
  });

  it('sends who leaves amid a snapshot a snapshot again, and who has seen all of it what came after', async () => {
    await stock('AMID', '1');
    await stock('AMID', '2', THERE);
    const foreign = signLogCursor(testKeys.cursor, { logId: 'another log', epoch: 1, position: 7 });
    const [first, second] = await (await follow({ skus: ['AMID'], after: foreign }))(2);
    const again = await (await follow({ skus: ['AMID'], after: first?.cursor }))(2);
    expect(again.map(({ snapshot }) => snapshot)).toEqual([true, true]);
    const next = await follow({ skus: ['AMID'], after: second?.cursor });
    await adjust('AMID', '5');
    expect(await next(1)).toMatchObject([{ snapshot: false, position: { onHand: { value: '6' } } }]);
  });

  it('never goes back behind what a snapshot told', async () => {
    await stock('BACKWARDS', '100');
    const foreign = signLogCursor(testKeys.cursor, { logId: 'another log', epoch: 1, position: 7 });
    const next = await follow({ skus: ['BACKWARDS'], after: foreign });
    // Changes the stream buffers before the snapshot is read.
    for (let count = 0; count < 5; count += 1) await adjust('BACKWARDS', '-1');
    const [snapshot] = await next(1);
    await adjust('BACKWARDS', '-1');
    const [after] = await next(1);
    expect([snapshot?.position.version, after?.position.version]).toEqual([6, 7]);
  });

  it('tells the last state of a position that changed many times at once, once', async () => {
    await stock('BUSY', '50');
    const next = await follow({ skus: ['BUSY'] });
    await inventory.orders.append(Array.from({ length: 40 }, () => sale([{ sku: 'BUSY', quantity: '1' }])));
    await inventory.graph.settle();
    await adjust('BUSY', '1');
    expect(onHandOf(await next(2))).toEqual(['10', '11']);
  });

  it('refuses a cursor that was made up with INVALID_CURSOR, and a SKU that is none', async () => {
    const subgraph = inventory.graph.subgraph('inventory');
    const ask = (variables: Record<string, unknown>) =>
      subgraph.subscribe({ query: SUBSCRIPTION, variables, principal: undefined });
    expect(await ask({ after: 'bm9uc2Vuc2U' })).toMatchObject({ errors: [{ extensions: { code: 'INVALID_CURSOR' } }] });
    expect(await ask({ skus: [''] })).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  it('notices at once that its subscriber left, also one who waits', async () => {
    await follow({ skus: ['NOTHING-HAPPENS'] });
    const [stream] = open;
    const waiting = stream?.next();
    await stream?.return?.();
    expect(await waiting).toMatchObject({ done: true });
  });
});

it('a subscriber who comes before anything ever happened can resume too', async () => {
  const database = await templateDatabase('inventory', (url) => migrateSubgraph(inventorySubgraph, url, systemClock));
  const options = { databaseUrl: database.url, logUrls: () => database.url, poolSize: 5, clock: systemClock };
  const subgraph = new RunningSubgraph(inventorySubgraph, { ...options, logger: silentLogger, keys: testKeys });
  const ask = async (after?: string) => {
    const stream = await subgraph.subscribe({ query: SUBSCRIPTION, variables: { after }, principal: undefined });
    if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream));
    return stream;
  };
  const asked = ask();
  await sleep(100);
  subgraph.start();
  const early = await asked;
  const mutate = mutateThrough((query, variables, principal) =>
    subgraph.execute({ query, variables: { ...variables }, principal: serializePrincipal(principal) }),
  );
  await mutate('upsertLocations', { system: 'erp', locations: [place(HERE, 'High Street')] }, feed);
  await mutate('receiveStock', receipt([{ sku: 'FIRST', quantity: { value: '1' } }]), feed);
  const [first] = await take(early, 1);
  const resumed = await ask(first?.cursor);
  await mutate('receiveStock', receipt([{ sku: 'FIRST', quantity: { value: '1' } }]), feed);
  expect(await take(resumed, 1)).toMatchObject([{ snapshot: false, position: { onHand: { value: '2' } } }]);
  await subgraph.close();
  await database.drop();
});

/** A subscription that has one event waiting. */
async function followAfter(sku: string) {
  const next = await follow({ skus: [sku] });
  await adjust(sku, '1');
  return next;
}
