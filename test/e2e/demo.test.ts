// The demo of `npm start`: what an empty folder is filled with, that a second start doubles nothing, that it comes back after a
// kill, and that the lines it prints work as they stand.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newDataDir, npmStart, removeFolder, type StartedGraph } from '../kit/npm-start.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

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

const erpOf = ({ greeting }: StartedGraph) => /^Sandbox ERP: (\S+)$/m.exec(greeting)?.[1] ?? '';
const isUp = (url: string) =>
  fetch(`${url}/health`).then(
    () => true,
    () => false,
  );

interface Page {
  readonly edges: readonly {
    readonly node: { readonly id: string; readonly variants: readonly { readonly sku: string }[] };
  }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** All there is: products, places, stock, people. */
async function census() {
  const products: string[] = [];
  const skus: string[] = [];
  for (let after: string | null = null, more = true; more; ) {
    const { data } = await graph.ask(
      'query ($after: Cursor) { searchProducts(text: "0952", first: 100, after: $after) { edges { node { id variants { sku } } } pageInfo { hasNextPage endCursor } } }',
      { after },
    );
    const page = data?.searchProducts as Page;
    products.push(...page.edges.map(({ node }) => node.id));
    skus.push(...page.edges.flatMap(({ node }) => node.variants.map(({ sku }) => sku)));
    after = page.pageInfo.endCursor;
    more = page.pageInfo.hasNextPage;
  }
  const { data } = await graph.ask(
    `query ($skus: [ID!]!) { locations { gln name kind } stockPositions(skus: $skus) { sku location onHand { value } version }
      amara: customerByIdentity(type: LOYALTY_CARD, value: "9826000000017") { id name loyalty { id tier } }
      tom: customerByIdentity(type: LOYALTY_CARD, value: "9826000000024") { id name loyalty { id tier } } }`,
    { skus: skus.slice(0, 50) },
    graph.token('operator'),
  );
  return { products, skus, ...data };
}

test('an empty folder becomes a retailer: places, products, stock, members', async () => {
  const { products, skus, locations, stockPositions, amara, tom } = (await census()) as Record<string, unknown[]>;
  expect(locations?.map((one) => (one as { kind: string }).kind).toSorted()).toEqual([
    'STORE',
    'STORE',
    'STORE',
    'WAREHOUSE',
  ]);
  expect(products?.length).toBeGreaterThan(180);
  expect(skus?.length).toBeGreaterThan(400);
  expect(stockPositions?.length).toBeGreaterThan(150);
  expect(amara).toMatchObject({ name: 'Amara Okafor', loyalty: { id: expect.any(String) } });
  expect(tom).toMatchObject({ name: 'Tom Whitfield', loyalty: { id: expect.any(String) } });
});

test('the lines it prints can be pasted: the query answers, the sale is recorded once, the ERP is there', async () => {
  const lines = graph.greeting.split('\n').map((line) => line.trim());
  const tokens = lines.filter((line) => /^(SHOPPER|STORE|OPERATOR)=/.test(line)).join('\n');
  const [queryLine, saleLine] = lines.filter((line) => line.startsWith('curl '));
  const paste = async (line: string | undefined) =>
    JSON.parse((await run('bash', ['-c', `${tokens}\n${line}`])).stdout) as { data: Record<string, unknown> };
  expect((await paste(queryLine)).data.variant).toMatchObject({
    title: 'Mug, Blue',
    price: { amount: { amount: '8.95' } },
  });
  const sold = (await paste(saleLine)).data.recordSale;
  expect(sold).toMatchObject({ __typename: 'SaleRecorded', order: { totals: { grandTotal: { amount: '8.95' } } } });
  expect((await paste(saleLine)).data.recordSale).toEqual(sold);
  expect(await isUp(erpOf(graph))).toBe(true);
});

test('what is told to the ERP is in the graph a moment later', async () => {
  const { records } = (await (await fetch(`${erpOf(graph)}/items?limit=1`)).json()) as {
    records: Record<string, unknown>[];
  };
  const { rev: _, changed_at: __, ...item } = records[0] ?? {};
  const body = JSON.stringify([{ ...item, text: 'Renamed by the ERP' }]);
  await fetch(`${erpOf(graph)}/items`, { method: 'POST', body });
  const title = async (): Promise<string> => {
    const { data } = await graph.ask('query ($handle: String!) { productByHandle(handle: $handle) { title } }', {
      handle: item.slug,
    });
    return (data as { productByHandle: { title: string } }).productByHandle.title;
  };
  await expect.poll(title, { timeout: 30_000 }).toBe('Renamed by the ERP');
});

test('stopped, killed, seeded again: nothing is doubled, and the ERP dies with the graph', async () => {
  const before = await census();
  const erp = erpOf(graph);
  await graph.stop();
  expect(await isUp(erp)).toBe(false);
  graph = await npmStart(dataDir);
  expect(await census()).toEqual(before);
  const second = erpOf(graph);
  await graph.kill();
  while (await isUp(second)) await new Promise((resolve) => setTimeout(resolve, 20));
  const { DATABASE_URL: _, ...env } = process.env;
  const { stdout } = await run('npm', ['run', '-s', 'seed'], { cwd: root, env: { ...env, DATA_DIR: dataDir } });
  expect(stdout).toMatch(/^The demo retailer is in: /);
  graph = await npmStart(dataDir);
  expect(await census()).toEqual(before);
}, 180_000);
