// Two whole gateways as processes of their own on one database: they start side by side on an empty one, never grant what is not
// there (A1), and one that is told to stop first answers what it was asked.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deriveKeys } from '#platform/auth/keys.ts';
import { mintToken } from '#platform/auth/tokens.ts';
import { newId } from '#platform/kernel/ids.ts';
import { emptyDatabase, hold, query, type TestDatabase } from '../kit/database.ts';
import { tokenSettings } from '../kit/gateway.ts';
import { principalOf } from '../kit/graph.ts';
import { newDataDir, npmStart, removeFolder, type StartedGraph } from '../kit/npm-start.ts';
import { fillShelf } from '../kit/shelf.ts';
import { LOCATION } from '../kit/tickets.ts';

const SECRET = 'a secret that both processes share in this test';
const RESERVE = `mutation ($input: ReserveStockInput!) { result: reserveStock(input: $input) { __typename } }`;
const ON_HAND = `query ($location: Gln!) {
  stockPosition(sku: "MUG-BLUE", location: $location) { onHand { value } reserved { value } } }`;

let database: TestDatabase;
let gateways: StartedGraph[] = [];
let till: string;
beforeAll(async () => {
  database = await emptyDatabase();
  const env = {
    DATABASE_URL: database.url,
    DATABASE_POOL_SIZE: '4',
    TILLGRAPH_SECRET: SECRET,
    SEED: 'none',
    // Nobody listens there: the graph does without its system of record.
    ERP_URL: 'http://127.0.0.1:1',
    FEED_INTERVAL_SECONDS: '3600',
  };
  gateways = await Promise.all([1, 2].map(async () => npmStart(await newDataDir(), env)));
  const settings = { ...tokenSettings, key: deriveKeys(SECRET).token };
  const token = (...principal: Parameters<typeof principalOf>) =>
    mintToken(settings, principalOf(...principal), new Date(Date.now() + 3_600_000));
  till = await token('store', { location: LOCATION });
  await fillShelf({ ask: (...args) => gatewayOf(0).ask(...args), token, settle: () => Promise.resolve() }, [
    { sku: 'MUG-BLUE', stock: 5 },
  ]);
}, 120_000);
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.kill()));
  await Promise.all(gateways.map((gateway) => removeFolder(gateway.dataDir)));
  await database?.drop();
});

function gatewayOf(n: number): StartedGraph {
  return gateways[n % gateways.length] ?? expect.fail('no gateway runs');
}

it('started side by side on an empty database, they migrate it once', async () => {
  for (const schema of ['product', 'inventory', 'customer', 'orders', 'loyalty']) {
    const rows = await query(database.url, `select name from ${schema}.schema_migration`);
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
    expect(rows.length).toBeGreaterThan(1);
  }
});

it('A1: of 50 who reserve one of 5 units at once through both, exactly 5 hold one and 45 are told that none is left', async () => {
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => {
      const what = {
        sku: 'MUG-BLUE',
        location: LOCATION,
        quantity: { value: '1' },
        holder: { kind: 'CART', id: `${n}` },
      };
      return gatewayOf(n).ask(RESERVE, { input: { idempotencyKey: newId(), ...what } }, till);
    }),
  );
  const outcomes = answers.map(
    ({ data, errors }) => (data?.result as { __typename: string } | undefined)?.__typename ?? JSON.stringify(errors),
  );
  const counts = Object.fromEntries(
    [...Map.groupBy(outcomes, (outcome) => outcome)].map(([outcome, same]) => [outcome, same.length]),
  );
  expect(counts).toEqual({ StockReserved: 5, OutOfStock: 45 });
  for (const gateway of gateways) {
    const { data } = await gateway.ask(ON_HAND, { location: LOCATION });
    expect(data).toEqual({ stockPosition: { onHand: { value: '5' }, reserved: { value: '5' } } });
  }
});

it('told to stop, one takes nothing new, answers what it was asked before, and ends; the other goes on', async () => {
  const stopping = gatewayOf(0);
  const release = await hold(database.url, 'lock table inventory.stock_position in access exclusive mode');
  const asked = stopping.ask(ON_HAND, { location: LOCATION });
  await expect.poll(() => waiting()).toBe(1);
  const stopped = stopping.stop();
  await expect
    .poll(() =>
      fetch(stopping.url).then(
        () => 'answered',
        () => 'refused',
      ),
    )
    .toBe('refused');
  await release();
  expect(await asked).toMatchObject({ data: { stockPosition: { onHand: { value: '5' } } } });
  await stopped;
  expect(await gatewayOf(1).ask(ON_HAND, { location: LOCATION })).toMatchObject({ data: { stockPosition: {} } });
});

const waiting = async () =>
  (
    await query(
      database.url,
      `select from pg_locks where not granted and relation = 'inventory.stock_position'::regclass`,
    )
  ).length;
