// The sandbox ERP as a real process on a port of its own, which a test fills, breaks, kills and starts again.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FaultSettings } from '../../connectors/sandbox-erp/server/faults.ts';

const MAIN = join(import.meta.dirname, '../../connectors/sandbox-erp/server/main.ts');

export interface TestErp {
  readonly url: string;
  readonly folder: string;
  /** Writes a list: items, sites, goods-documents. */
  write(list: string, records: readonly unknown[]): Promise<unknown>;
  read(path: string): Promise<{ readonly status: number; readonly body: Record<string, unknown> }>;
  faults(settings: Partial<FaultSettings>): Promise<void>;
  /** Ends it with no chance to say goodbye. */
  kill(): Promise<void>;
  /** Starts it again on its folder and port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function startErp(): Promise<TestErp> {
  const folder = await mkdtemp(join(tmpdir(), 'tillgraph-erp-'));
  let { child, url } = await launch(folder, '0');
  const send = (method: string, path: string, body: unknown) =>
    fetch(`${url}${path}`, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  };
  return {
    url,
    folder,
    async write(list, records) {
      const response = await send('POST', `/${list}`, records);
      if (!response.ok) throw new Error(await response.text());
      return response.json();
    },
    async read(path) {
      const response = await fetch(`${url}${path}`);
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
    async faults(settings) {
      await send('PUT', '/faults', settings);
    },
    kill,
    async restart() {
      ({ child, url } = await launch(folder, new URL(url).port));
    },
    async close() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function launch(folder: string, port: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [MAIN, folder, '--port', port], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the ERP ended with ${code}`)));
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const ready = /^ready (\S+)/m.exec(text)?.[1];
      if (ready) resolve(ready);
    });
  });
  return { child, url };
}

let made = 0;

/** An item of one article, as a clerk types it in. */
export function newItem(fields: Record<string, unknown> = {}) {
  made += 1;
  const item_no = `I${made}`;
  const article = {
    art_no: `ART-${made}`,
    text: `Article ${made}`,
    eans: [],
    attributes: {},
    unit: 'PC',
    tax_class: 'S',
    return_days: 30,
    stock_kept: true,
    prices: [{ kind: 'L', coins: 895, currency: 'GBP' }],
  };
  return {
    item_no,
    slug: `item-${made}`,
    text: `Item ${made}`,
    groups: [],
    state: 'A',
    articles: [article],
    ...fields,
  };
}

/** Goods that came in at a site, one line each. */
export function newDocument(doc_no: string, site_gln: string, lines: readonly { art_no: string; qty: string }[]) {
  const posted_at = '2026-01-01T00:00:00.000Z';
  return { doc_no, kind: 'RECEIPT', site_gln, posted_at, lines: lines.map((line) => ({ ...line, unit: 'PC' })) };
}
