// npm run bench:subscriptions: one stock change to 1,000 graphql-ws clients, each under a token of its own and with a field of another
// subgraph, beside a bare `ws` broadcast of the same bytes. p99 may be twice the peer's, and the other subgraph is asked once an event.
import { cpus } from 'node:os';
import { command } from './kit/control.ts';
import { median } from './kit/load.ts';
import { readOptions } from './kit/options.ts';
import { type RunningProcess, start, stopAll } from './kit/process.ts';

const CLIENTS = 1_000;
const EVENTS_EACH = 5;
const WARM_UP = 20;
const MOST_P99 = 2;

interface Side {
  readonly name: string;
  readonly server: RunningProcess;
  readonly clients: RunningProcess;
}

interface Received {
  readonly times: readonly number[];
  readonly text: string;
}

interface Figures {
  readonly p50: number;
  readonly p99: number;
}

async function open(name: string, file: string, subscribes: boolean): Promise<Side> {
  const server = await start(file, {});
  const clients = await start('bench/subscriptions/clients.ts', {});
  const url = await command<string>(server, 'url');
  await command(clients, 'join', { url, count: CLIENTS, subscribes });
  return { name, server, clients };
}

/** One event to all. Throws where a client did not get it. */
async function tell({ name, server, clients }: Side, text: string): Promise<Received> {
  await command(server, 'tell', text);
  const received = await command<Received>(clients, 'received');
  if (received.times.length !== CLIENTS)
    throw new Error(`${name}: ${received.times.length} of ${CLIENTS} got the event`);
  return received;
}

async function measure(side: Side, text: string): Promise<Figures> {
  const times: number[] = [];
  for (let event = 0; event < EVENTS_EACH; event += 1) times.push(...(await tell(side, text)).times);
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor((times.length - 1) * share)] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}

async function compare(ours: Side, bare: Side, rounds: number): Promise<number> {
  let text = '';
  for (let event = 0; event < WARM_UP; event += 1) {
    ({ text } = await tell(ours, ''));
    await tell(bare, text);
  }
  const figures: { readonly ours: Figures; readonly bare: Figures }[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const both = { ours: await measure(ours, text), bare: await measure(bare, text) };
    figures.push(both);
    process.stderr.write(
      `round ${round} of ${rounds}: p99 ${both.ours.p99.toFixed(1)} and ${both.bare.p99.toFixed(1)} ms\n`,
    );
  }
  const middle = (of: (both: (typeof figures)[number]) => number) => median(figures.map(of));
  console.log(`\n${CLIENTS} clients, ${Buffer.byteLength(text)} bytes each, ${rounds} rounds of ${EVENTS_EACH} events`);
  console.log('\n| | p50 ms | p99 ms |\n|---|---|---|');
  const row = (name: string, p50: string, p99: string) => console.log(`| ${name} | ${p50} | ${p99} |`);
  row(ours.name, middle((both) => both.ours.p50).toFixed(1), middle((both) => both.ours.p99).toFixed(1));
  row(bare.name, middle((both) => both.bare.p50).toFixed(1), middle((both) => both.bare.p99).toFixed(1));
  const share = (figure: keyof Figures) => middle((both) => both.ours[figure] / both.bare[figure]);
  row('ours is', `${share('p50').toFixed(2)} ×`, `${share('p99').toFixed(2)} × (at most ${MOST_P99} ×)`);
  return share('p99');
}

interface Counts {
  readonly changes: number;
  readonly streams: number;
  readonly joins: number;
}

try {
  const { rounds } = readOptions({ rounds: 20 });
  console.log(`${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, node ${process.versions.node}`);
  const ours = await open('Tillgraph', 'bench/subscriptions/gateway.ts', true);
  const bare = await open('bare ws broadcast', 'bench/subscriptions/broadcast.ts', false);
  const share = await compare(ours, bare, rounds);
  const { changes, streams, joins } = await command<Counts>(ours.server, 'counts');
  console.log(`\n${changes} events, ${streams} upstream, the joined subgraph asked ${joins} times`);
  if (share > MOST_P99 || streams !== 1 || joins !== changes) {
    console.log('MISSED');
    process.exitCode = 1;
  }
} finally {
  await stopAll();
}
