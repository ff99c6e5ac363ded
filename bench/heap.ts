// npm run bench:heap: the gateway as it is served answers 100,000 operations of which no two are alike, over HTTP, and its heap after a
// forced collection is read every 5,000. What caches keep is filled in the first 10,000; from then on the slope must be flat.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Pool } from 'undici';
import { deriveKeys } from '#platform/auth/keys.ts';
import { createTokenVerifier } from '#platform/auth/tokens.ts';
import { systemClock } from '#platform/kernel/clock.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import { startGateway } from '../gateway/gateway.ts';
import { executors } from './federation/executors.ts';
import { benchSubgraphs, supergraphAt } from './federation/subgraphs.ts';

const { values } = parseArgs({ options: { operations: { type: 'string', default: '100000' } } });
const OPERATIONS = Number(values.operations);
const WARM_UP = Math.max(3_000, OPERATIONS / 10);
const EVERY = OPERATIONS / 20;
const CONNECTIONS = 16;
/** Bytes an operation may leave behind; what is prepared for one takes 20,000 and more. */
const MOST_PER_OPERATION = 100;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

interface Reading {
  readonly operations: number;
  readonly heap: number;
  /** Of the processes that plan; undefined where there is no /proc. */
  readonly planners: number | undefined;
}

function read(operations: number): Reading {
  collect();
  collect();
  return { operations, heap: process.memoryUsage().heapUsed, planners: residentOfChildren() };
}

function residentOfChildren(): number | undefined {
  try {
    const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ');
    const pages = children.map((child) => Number(readFileSync(`/proc/${child}/statm`, 'utf8').split(' ')[1]));
    return pages.reduce((sum, each) => sum + each, 0) * 4_096;
  } catch {
    return undefined;
  }
}

/** Least squares. */
function slopeOf(readings: readonly Reading[], of: (reading: Reading) => number): number {
  const mean = (values_: readonly number[]) => values_.reduce((sum, each) => sum + each, 0) / values_.length;
  const x = mean(readings.map(({ operations }) => operations));
  const y = mean(readings.map(of));
  const covariance = mean(readings.map((each) => (each.operations - x) * (of(each) - y)));
  return covariance / mean(readings.map(({ operations }) => (operations - x) ** 2));
}

const keys = deriveKeys('a secret that only the benchmark uses');
const gateway = await startGateway({
  supergraphSdl: supergraphAt('http://in-process.invalid'),
  subgraphs: benchSubgraphs.map(({ name }) => ({
    name,
    execute: async (request) => (await executors.get(name)?.execute(request, undefined)) ?? {},
    subscribe: () => Promise.reject(new Error('no streams here')),
    close: () => Promise.resolve(),
  })),
  tokens: createTokenVerifier({ issuer: '', audience: '', key: keys.token }, () => systemClock.now().getTime()),
  logger: silentLogger,
  host: '127.0.0.1',
  port: 0,
});

const { origin, pathname } = new URL(gateway.url);
const pool = new Pool(origin, { connections: CONNECTIONS });
let asked = 0;

async function askNext(): Promise<void> {
  asked += 1;
  const query = `query Q${asked} { topProducts { x${asked}: name upc reviews { id author { name } } } }`;
  // Each is asked twice: what is learnt from the first answer is kept as well.
  for (let times = 0; times < 2; times += 1) {
    const headers = { 'content-type': 'application/json', accept: `application/json, text/x${asked % 1_000};q=0.1` };
    const { body } = await pool.request({ path: pathname, method: 'POST', headers, body: JSON.stringify({ query }) });
    const text = await body.text();
    if (!text.startsWith('{"data":{"topProducts":[')) throw new Error(text.slice(0, 500));
  }
}

async function askUntil(operations: number): Promise<void> {
  const connection = async () => {
    while (asked < operations) await askNext();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
}

const megabytes = (bytes: number | undefined) => (bytes === undefined ? '–' : (bytes / 2 ** 20).toFixed(1));
const readings: Reading[] = [];
console.log('| operations | heap MB | planners MB |\n|---|---|---|');
for (let target = WARM_UP; target <= OPERATIONS; target += EVERY) {
  await askUntil(target);
  const reading = read(target);
  readings.push(reading);
  console.log(`| ${target} | ${megabytes(reading.heap)} | ${megabytes(reading.planners)} |`);
}
const slope = slopeOf(readings, ({ heap }) => heap);
console.log(`heap: ${slope.toFixed(1)} bytes an operation (due: at most ${MOST_PER_OPERATION})`);
console.log(`planners: ${slopeOf(readings, ({ planners }) => planners ?? 0).toFixed(1)} bytes an operation`);
if (slope > MOST_PER_OPERATION) process.exitCode = 1;
await pool.close();
await gateway.close();
