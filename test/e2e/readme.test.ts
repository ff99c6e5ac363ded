// README.md as a new user follows it: every shell block is run as it stands, against a graph on another port and folder.
import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endGroup, newDataDir, npmStart, removeFolder, type StartedGraph } from '../kit/npm-start.ts';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

interface Block {
  readonly heading: string;
  readonly text: string;
}

/** The shell blocks of the document with the heading each stands under. */
function shellBlocks(text: string): Block[] {
  return text.split(/^## /m).flatMap((section) => {
    const heading = section.split('\n')[0] ?? '';
    return [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => ({ heading, text: match[1] ?? '' }));
  });
}

const blocks = shellBlocks(readFileSync(join(root, 'README.md'), 'utf8'));
const under = (heading: string) => blocks.filter((block) => block.heading === heading).map(({ text }) => text);

let dataDir: string;
let graph: StartedGraph;

beforeAll(async () => {
  dataDir = await newDataDir();
  graph = await npmStart(dataDir);
});

afterAll(async () => {
  await graph?.stop();
  await removeFolder(dataDir);
});

function environment(port: string): NodeJS.ProcessEnv {
  const { DATABASE_URL: _, ...inherited } = process.env;
  return { ...inherited, DATA_DIR: dataDir, PORT: port };
}

async function shell(script: string): Promise<string> {
  const { port } = new URL(graph.url);
  const text = script.replaceAll('127.0.0.1:4000', `127.0.0.1:${port}`);
  const options = { cwd: root, env: environment(port), timeout: 200_000 };
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', text], options);
  return stdout;
}

test('README has the blocks this test runs, and no other', () => {
  expect(blocks.map(({ heading }) => heading)).toEqual([
    'Run it',
    'Sell a mug',
    'Sell a mug',
    'Sell a mug',
    'Replay real invoices',
    'Run parts of it elsewhere',
    'Serve another supergraph',
    'Serve another supergraph',
  ]);
  expect(under('Run it')).toEqual(['npm ci\nnpm start\n']);
});

test('the mug is priced, sold once however often it is sent, and earns points', async () => {
  const [ask = '', sell = '', points = ''] = under('Sell a mug');
  interface Mug {
    readonly data: { variant: { price: unknown; stock: { at: { name: string }; available: { value: string } }[] } };
  }
  const stock = async () => {
    const { variant } = (JSON.parse(await shell(ask)) as Mug).data;
    return new Map(variant.stock.map(({ at, available }) => [at.name, Number(available.value)]));
  };
  const before = await stock();
  expect(JSON.parse(await shell(ask))).toMatchObject({ data: { variant: { price: { amount: { currency: 'GBP' } } } } });

  const sold = JSON.parse(await shell(sell)) as { data: { recordSale: { __typename: string } } };
  expect(sold.data.recordSale.__typename).toBe('SaleRecorded');
  expect(JSON.parse(await shell(sell))).toEqual(sold);
  const total = (stocks: Map<string, number>) => [...stocks.values()].reduce((sum, value) => sum + value, 0);
  await expect.poll(async () => total(await stock()), { timeout: 60_000 }).toBe(total(before) - 2);

  // The token is made in the block before; a user's shell still has it.
  const token = sell.split('\n')[0] ?? '';
  const pending = async () => /"pending":"(\d+)"/.exec(await shell(`${token}\n${points}`))?.[1];
  await expect.poll(pending, { timeout: 60_000 }).toMatch(/^[1-9]/);
});

test('the sample’s invoices are replayed, and again, and nothing is doubled', async () => {
  const [replay = ''] = under('Replay real invoices');
  const first = await shell(replay);
  expect(first).toMatch(/^ +duplicates +0 invoices/m);
  const second = await shell(replay);
  expect(second).toMatch(/^ +duplicates +38 invoices/m);
});

/** Starts one line of a block and waits for its ready line; answers it with how to end the process. */
async function startLine(line: string, port: string): Promise<{ url: string; stop(): Promise<void> }> {
  const child = spawn('bash', ['-c', `exec ${line.replace(/^((?:\w+=\S+ )+)/, 'env $1')}`], {
    cwd: root,
    env: environment(port),
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const stop = () => endGroup(child, 'SIGINT');
  for await (const text of createInterface(child.stdout)) {
    const url = /^ready (\S+)$/.exec(text)?.[1];
    if (url) return { url, stop };
  }
  throw new Error(`"${line}" ended before it was ready`);
}

test('a subgraph runs in a process of its own beside the graph', async () => {
  const [subgraphLine = '', gatewayLine = ''] = (under('Run parts of it elsewhere')[0] ?? '').split('\n');
  expect(subgraphLine).toContain('--port 4001');
  const subgraph = await startLine(subgraphLine.replace('--port 4001', '--port 0'), '0');
  const gateway = await startLine(gatewayLine.replace('http://127.0.0.1:4001/graphql', subgraph.url), '0');
  try {
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${graph.token('operator')}` },
      body: JSON.stringify({ query: '{ orders(first: 1) { edges { node { number location { name } } } } }' }),
    });
    const { data, errors } = (await response.json()) as { data: unknown; errors?: unknown };
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({ orders: { edges: [{ node: { location: { name: expect.any(String) } } }] } });
  } finally {
    await gateway.stop();
    await subgraph.stop();
  }
});

test('another supergraph is served over subgraphs of somebody else', async () => {
  const [lines = '', ask = ''] = under('Serve another supergraph');
  const [subgraphLine = '', gatewayLine = ''] = lines.split('\n');
  expect(gatewayLine).toMatch(/^PORT=4100 /);
  const subgraphs = await startLine(subgraphLine, '0');
  const gateway = await startLine(gatewayLine.replace('PORT=4100', 'PORT=0'), '0');
  try {
    const answer = await shell(ask.replace('http://127.0.0.1:4100/graphql', gateway.url));
    expect(JSON.parse(answer)).toEqual({
      data: {
        books: [
          { title: 'Emma', stars: 4 },
          { title: 'Persuasion', stars: null },
        ],
      },
    });
  } finally {
    await gateway.stop();
    await subgraphs.stop();
  }
});
