// The gateway where every subgraph runs elsewhere: it needs no database, and says which of them does not answer.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '#platform/config/config.ts';
import { startGraph } from '../../gateway/graph.ts';

it('starts no database when all five subgraphs are elsewhere', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tillgraph-alone-'));
  // Port 9 discards: nothing answers there.
  const nowhere = 'http://127.0.0.1:9';
  const elsewhere = ['PRODUCT', 'INVENTORY', 'CUSTOMER', 'ORDER', 'LOYALTY'].map((name) => [
    `SUBGRAPH_${name}_URL`,
    `${nowhere}/graphql`,
  ]);
  const settings = { DATA_DIR: folder, PORT: '0', SEED: 'none', ERP_URL: nowhere, LOG_LEVEL: 'silent' };
  const graph = await startGraph(loadConfig({ ...settings, ...Object.fromEntries(elsewhere) }));
  try {
    const response = await fetch(graph.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ variant(sku: "MUG") { title } }' }),
    });
    expect(await response.json()).toMatchObject({
      errors: [{ message: 'The subgraph product did not answer', extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }],
    });
    expect(await readdir(folder)).toEqual(['secret']);
  } finally {
    await graph.stop();
    await rm(folder, { recursive: true });
  }
});
