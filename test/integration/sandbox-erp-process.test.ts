// The sandbox ERP as a child: it dies with its parent, is shared by all who use its folder, is started again when it is gone, and
// its demo books are believable.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { GLN_LENGTHS, GTIN_LENGTHS, gs1Problem } from '#contracts/identifiers.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import { SandboxErp } from '../../connectors/sandbox-erp/process.ts';
import type { GoodsDocument, Item, Site } from '../../connectors/sandbox-erp/server/records.ts';

let folder: string;
const started: SandboxErp[] = [];
const parents: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tillgraph-sandbox-'));
});
afterEach(async () => {
  for (const parent of parents.splice(0)) parent.kill('SIGKILL');
  await Promise.all(started.splice(0).map((erp) => erp.stop()));
  await rm(folder, { recursive: true, force: true });
});

function sandbox(demo = true): SandboxErp {
  const erp = new SandboxErp({ folder, demo, logger: silentLogger });
  started.push(erp);
  return erp;
}

async function read<T>(url: string, path: string): Promise<T> {
  return (await (await fetch(`${url}${path}`)).json()) as T;
}

async function gone(url: string): Promise<void> {
  for (;;) {
    try {
      await fetch(`${url}/health`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    } catch {
      return;
    }
  }
}

const erpId = async (url: string) => (await read<{ erp_id: string }>(url, '/health')).erp_id;

it('dies with a parent that is killed, and comes back with its books', async () => {
  const parent = spawn(process.execPath, [join(import.meta.dirname, '../kit/sandbox-erp-child.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  parents.push(parent);
  const url = await new Promise<string>((resolve) => {
    parent.stdout.setEncoding('utf8').on('data', (text: string) => resolve(/^erp (\S+)/m.exec(text)?.[1] ?? ''));
  });
  const before = await erpId(url);
  parent.kill('SIGKILL');
  await gone(url);
  expect(await erpId(await sandbox().url())).toBe(before);
});

it('is one for all who use the folder; when its owner goes, another one starts it', async () => {
  const [first, second] = [sandbox(), sandbox()];
  const [url, same] = await Promise.all([first.url(), second.url()]);
  expect(same).toBe(url);
  const before = await erpId(url);
  await Promise.all([first.stop(), second.stop()]);
  await gone(url);
  expect(await erpId(await second.url())).toBe(before);
});

it('an address left behind that is somebody else’s now is not believed', async () => {
  const other = new SandboxErp({ folder: join(folder, 'other'), demo: false, logger: silentLogger });
  started.push(other);
  await writeFile(join(folder, 'address'), await other.url());
  expect(await sandbox().url()).not.toBe(await other.url());
});

it('without the demo its books are empty', async () => {
  const url = await sandbox(false).url();
  expect(await read(url, '/sites')).toEqual({ sites: [] });
});

it('the demo: three shops, a warehouse and about 200 items with valid numbers, prices and stock', async () => {
  const url = await sandbox().url();
  const { sites } = await read<{ sites: Site[] }>(url, '/sites');
  const { records: items } = await read<{ records: Item[] }>(url, '/items?limit=500');
  const { records: documents } = await read<{ records: GoodsDocument[] }>(url, '/goods-documents');
  const articles = items.flatMap((item) => item.articles);
  expect(sites.map(({ type }) => type)).toEqual(['SHOP', 'SHOP', 'SHOP', 'DC']);
  expect(sites.flatMap(({ gln }) => gs1Problem(gln, GLN_LENGTHS) ?? [])).toEqual([]);
  expect(articles.flatMap(({ eans }) => eans.flatMap((ean) => gs1Problem(ean, GTIN_LENGTHS) ?? []))).toEqual([]);
  expect(Math.abs(items.length - 200)).toBeLessThanOrEqual(10);
  const unique = (texts: readonly string[]) => expect(new Set(texts).size).toBe(texts.length);
  unique(items.map(({ slug }) => slug));
  unique(articles.map(({ art_no }) => art_no));
  unique(articles.flatMap(({ eans }) => eans));
  expect(
    articles.every(({ prices }) => prices.some(({ kind, customer_group }) => kind === 'L' && !customer_group)),
  ).toBe(true);
  expect(articles.map(({ art_no }) => art_no)).toContain('MUG-BLUE');
  expect(documents.map(({ site_gln }) => site_gln)).toEqual(sites.map(({ gln }) => gln));
  for (const { lines } of documents) expect(lines.map(({ art_no }) => art_no)).toContain('MUG-BLUE');
});
