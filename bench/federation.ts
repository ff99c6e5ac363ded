// npm run bench:federation: the public federation benchmark, one process per gateway, 50 connections. Ours over HTTP subgraphs must be 5
// times @apollo/gateway and 1.5 times Hive's (where HIVE_GATEWAY has it installed), in process 15 times @apollo/gateway over HTTP.
import { QUERY } from './federation/subgraphs.ts';
import { readOptions } from './kit/options.ts';
import { type RunningProcess, start, stopAll } from './kit/process.ts';
import { compare, type Side, warmUp } from './kit/rounds.ts';

const CONNECTIONS = 50;
const BYTES = 87_838;
const body = JSON.stringify({ query: QUERY, operationName: 'TestQuery' });

async function ask({ url }: RunningProcess): Promise<string> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  return (await response.text()).trim();
}

function sideOf(name: string, process: RunningProcess, answer: string): Side {
  return { name, process, target: { url: process.url, headers: {}, body: () => body, expected: answer } };
}

async function startSides(): Promise<
  Record<'http' | 'inProcess' | 'apollo', Side> & { readonly hives: readonly Side[] }
> {
  const subgraphs = await start('bench/federation/subgraph-server.ts', {});
  const settings = { BENCH_SUBGRAPHS: subgraphs.url };
  const peer = await start('bench/federation/apollo-gateway.ts', settings);
  const answer = await ask(peer);
  if (Buffer.byteLength(answer) !== BYTES)
    throw new Error(`${Buffer.byteLength(answer)} bytes are not the ${BYTES} of the benchmark`);
  const http = await start('bench/federation/our-gateway.ts', settings);
  const inProcess = await start('bench/federation/our-gateway.ts', { BENCH_SUBGRAPHS: undefined });
  for (const ours of [http, inProcess]) {
    if ((await ask(ours)) !== answer) throw new Error('the answer is not the peer’s, byte by byte');
  }
  const hives: Side[] = [];
  for (const shares of process.env.HIVE_GATEWAY ? ['0', '1'] : []) {
    const hive = await start('bench/federation/hive-gateway.ts', { ...settings, HIVE_SHARES_FETCHES: shares });
    const name =
      shares === '1'
        ? 'the same, sharing fetches of its clients (as shipped)'
        : '@graphql-hive/gateway, router-runtime';
    hives.push(sideOf(name, hive, await ask(hive)));
  }
  return {
    http: sideOf('Tillgraph, subgraphs over HTTP', http, answer),
    inProcess: sideOf('Tillgraph, subgraphs in process', inProcess, answer),
    apollo: sideOf('@apollo/gateway, subgraphs over HTTP', peer, answer),
    hives,
  };
}

function tell(what: string, share: number | undefined, due: number): void {
  if (share === undefined) {
    console.log(
      `${what}: not measured; HIVE_GATEWAY=<a folder with @graphql-hive/gateway and router-runtime installed>`,
    );
    return;
  }
  console.log(`${what}: ${share.toFixed(2)} × (due: ${due} ×)${share < due ? ' MISSED' : ''}`);
  if (share < due) process.exitCode = 1;
}

const options = readOptions();
try {
  const { http, inProcess, apollo, hives } = await startSides();
  await warmUp([http, apollo, ...hives], CONNECTIONS, options.seconds);
  const overHttp = await compare([http, apollo, ...hives], { ...options, connections: CONNECTIONS });
  await warmUp([inProcess, apollo], CONNECTIONS, options.seconds);
  const within = await compare([inProcess, apollo], { ...options, connections: CONNECTIONS });
  tell('over HTTP, beside @apollo/gateway', overHttp.get(apollo.name), 5);
  tell('over HTTP, beside Hive', hives[0] && overHttp.get(hives[0].name), 1.5);
  tell('in process, beside @apollo/gateway over HTTP', within.get(apollo.name), 15);
} finally {
  await stopAll();
}
