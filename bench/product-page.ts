// npm run bench:product-page: one query that joins all five subgraphs, over HTTP through the gateway, beside a bare Fastify handler that runs
// the same statements through `pg` on the same server. Tells the share; nothing is due.
import { watchLag } from './kit/lag.ts';
import { describeMachine } from './kit/machine.ts';
import { readOptions } from './kit/options.ts';
import { start } from './kit/process.ts';
import { type PageOf, PRODUCT_PAGE } from './kit/product-page.ts';
import { compare, type Side, warmUp } from './kit/rounds.ts';
import { nextSale, RECORD_SALE } from './kit/sale.ts';
import { cards, openShops, skus } from './kit/shop.ts';
import { inWorld, type World } from './kit/world.ts';

const ORDERS_EACH = 4;

/** Every member has bought before: the page shows three orders. */
async function sell(world: World, token: string): Promise<void> {
  for (let round = 0; round < ORDERS_EACH; round += 1) {
    await Promise.all(cards.map(() => world.execute(token, RECORD_SALE, { input: nextSale() })));
  }
}

async function choosePage(world: World, token: string): Promise<PageOf> {
  const FIND = 'query ($value: String!) { customerByIdentity(type: LOYALTY_CARD, value: $value) { id } }';
  const { customerByIdentity } = await world.execute(token, FIND, { value: cards[0] });
  return { sku: skus[0] ?? '', customerId: (customerByIdentity as { id: string }).id };
}

async function sidesOf(world: World): Promise<Side[]> {
  const token = await world.token('operator');
  await sell(world, token);
  const page = await choosePage(world, token);
  const settings = { BARE_DATABASE_URL: world.database, BARE_PAGE: JSON.stringify(page) };
  const bare = await start('bench/kit/bare-page.ts', settings);
  const body = JSON.stringify({ query: PRODUCT_PAGE, variables: page });
  const headers = { authorization: `Bearer ${token}` };
  const ours = { url: world.gateway.url, headers, body: () => body, expected: '"pointsEarned":"' };
  const theirs = { url: bare.url, headers: {}, body: () => '{}', expected: '"customer.byIds":' };
  return [
    { name: 'Tillgraph', process: world.gateway, target: ours },
    { name: 'bare: one statement after the other', process: bare, target: theirs },
  ];
}

await inWorld(async (world) => {
  const options = readOptions();
  await openShops(world);
  const lag = await watchLag(world.database);
  const sides = await sidesOf(world);
  await lag.drained();
  await lag.close();
  console.log(await describeMachine(world));
  await warmUp(sides, 16, options.seconds);
  for (const connections of [16, 1]) await compare(sides, { ...options, connections });
});
