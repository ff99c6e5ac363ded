// npm run bench:record-sale: sales per second over HTTP through the gateway, consumers running, beside a bare Fastify handler that runs the
// same statements through `pg` on the same server. Fails below 60 % of it at 16 at once, and when events are still unhandled after 5 s.
import { type LagWatch, watchLag } from './kit/lag.ts';
import type { Target } from './kit/load.ts';
import { describeMachine } from './kit/machine.ts';
import { readOptions } from './kit/options.ts';
import { start } from './kit/process.ts';
import { compare, type Side, warmUp } from './kit/rounds.ts';
import { nextSale, RECORD_SALE, RECORDED } from './kit/sale.ts';
import { openShops } from './kit/shop.ts';
import { inWorld, type World } from './kit/world.ts';

const LEAST_SHARE = 0.6;
const MOST_LAG_SECONDS = 5;
const BARE = 'bare: one statement after the other';
const PIPELINED = 'bare: pipelined as ours';

async function bareSide(world: World, name: string, pipelined: boolean): Promise<Side> {
  const databaseUrl = await world.createDatabase(pipelined ? 'bench_pipelined' : 'bench_bare');
  const process = await start('bench/kit/bare-sale.ts', {
    BARE_DATABASE_URL: databaseUrl,
    BARE_PIPELINED: pipelined ? '1' : '',
  });
  const target = { url: process.url, headers: {}, body: () => JSON.stringify(nextSale()), expected: RECORDED };
  return { name, process, target };
}

const behind = { events: 0, seconds: 0 };

function ourSide(world: World, token: string, lag: LagWatch): Side {
  const target: Target = {
    url: world.gateway.url,
    headers: { authorization: `Bearer ${token}` },
    body: () => JSON.stringify({ query: RECORD_SALE, variables: { input: nextSale() } }),
    expected: RECORDED,
  };
  return {
    name: 'Tillgraph, consumers running',
    process: world.gateway,
    target,
    async after() {
      const begun = performance.now();
      behind.events = Math.max(behind.events, await lag.now());
      await lag.drained();
      behind.seconds = Math.max(behind.seconds, (performance.now() - begun) / 1_000);
    },
  };
}

let failed = false;
await inWorld(async (world) => {
  const options = readOptions();
  await openShops(world);
  const lag = await watchLag(world.database);
  await lag.drained();
  const ours = ourSide(world, await world.token('store'), lag);
  const sides = [ours, await bareSide(world, BARE, false), await bareSide(world, PIPELINED, true)];
  console.log(await describeMachine(world));
  await warmUp(sides, 16, options.seconds);
  const shares = await compare(sides, { ...options, connections: 16 });
  await compare(sides, { ...options, connections: 1 });
  await lag.close();
  const [events, seconds] = [behind.events, behind.seconds.toFixed(2)];
  console.log(`\nLag: at most ${events} events behind at the end of a round, none ${seconds} s later at the latest.`);
  const percent = (share: number) => `${(share * 100).toFixed(0)} %`;
  const share = shares.get(BARE) ?? 0;
  const slow = share < LEAST_SHARE;
  const late = behind.seconds > MOST_LAG_SECONDS;
  if (slow) console.error(`too slow: ${percent(share)} of the bare handler, ${percent(LEAST_SHARE)} are due`);
  if (late) console.error(`too late: ${seconds} s until all events were handled, ${MOST_LAG_SECONDS} s are allowed`);
  failed = slow || late;
});
process.exit(failed ? 1 : 0);
