// npm run bench:visits: 1,000 clients, each with a token of its own, come to the gateway ten times, subscribe, and go again. Tells
// what the gateway still holds after each thousand; fails where that grows, or where a stream of the subgraph is left open.
import { command } from './kit/control.ts';
import { slope } from './kit/heap.ts';
import { start, stopAll } from './kit/process.ts';

const VISITS = 10_000;
const EACH = 1_000;
/** Bytes a visit may leave behind: noise of the measurement, not an object. */
const MOST_EACH = 50;

try {
  const gateway = await start('bench/subscriptions/gateway.ts', {});
  const clients = await start('bench/subscriptions/clients.ts', {});
  const url = await command<string>(gateway, 'url');
  const visit = () => command(clients, 'visit', { url, count: EACH, subscribes: true });
  // Caches of verified tokens and of compiled code fill first.
  for (let warm = 0; warm < 3; warm += 1) await visit();
  const heaps: number[] = [];
  for (let visits = EACH; visits <= VISITS; visits += EACH) {
    await visit();
    const heap = await command<number>(gateway, 'heap');
    heaps.push(heap);
    console.log(`after ${visits} visits: ${(heap / 1e6).toFixed(2)} MB`);
  }
  const each = slope(heaps, EACH);
  const { streams } = await command<{ readonly streams: number }>(gateway, 'counts');
  console.log(`${each.toFixed(1)} bytes a visit (at most ${MOST_EACH}), ${streams} streams left open`);
  if (each > MOST_EACH || streams > 0) process.exitCode = 1;
} finally {
  await stopAll();
}
