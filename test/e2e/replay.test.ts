// npm run replay on the sample of the repository, against a whole graph over HTTP: what it records, that again is safe, and how it
// says no.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ReplayWorld, type Run, SAMPLE, startReplayWorld } from '../kit/replay.ts';

let world: ReplayWorld;
/** The sample after a run that was killed in the middle. */
let again: Run;

beforeAll(async () => {
  world = await startReplayWorld();
  await world.replayUntil(/10 of \d+ invoices/, SAMPLE, '--concurrency', '2');
  again = await world.replay(SAMPLE);
});

afterAll(async () => {
  await world?.close();
});

/** The figures of a report's line: `sales` → `33, 963 units, …`. */
function line(run: Run, name: string): string | undefined {
  return new RegExp(`^ +${name} +(.*)$`, 'm').exec(run.report)?.[1];
}

test('killed in the middle and run again, the sample is recorded once and balances to the penny', () => {
  expect(again).toMatchObject({ code: 0 });
  const skipped = Number(/^(\d+) invoices skipped/.exec(line(again, 'duplicates') ?? '')?.[1]);
  expect(skipped).toBeGreaterThanOrEqual(8);
  expect(skipped).toBeLessThan(38);
  expect(line(again, 'sales')).toBe('32, 949 units, 5,631.23 GBP');
  expect(line(again, 'returns')).toBe('6, 11 units, −78.50 GBP, 2 with their sale');
  expect(line(again, 'held')).toBe('none');
  expect(again.report).toContain(
    'ok      money: 5,552.73 GBP recorded + 270.26 GBP quarantined = 5,822.99 GBP, as the file says\n',
  );
  expect(again.report).toContain('ok      stock: closing = opening − sold + returned for 24 SKUs\n');
});

test('what is recorded is skipped, all of it', async () => {
  const third = await world.replay(SAMPLE);
  expect(third).toMatchObject({ code: 0 });
  expect(line(third, 'new')).toBe('0 products, 0 opening stocks, 0 customers');
  expect(line(third, 'duplicates')).toBe('38 invoices skipped: recorded before');
  expect(line(third, 'sales')).toBe(line(again, 'sales'));
  expect(third.report).toContain('ok      stock: closing = opening − sold + returned for 24 SKUs\n');
});

test('rows that cannot be taken are in the quarantine, each with its reason', async () => {
  const set = (await readFile(join(world.folder, 'sample.quarantine.csv'), 'utf8')).trimEnd().split('\n');
  expect(set[0]).toBe(
    'Line,Reason,Detail,InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country',
  );
  // In the order of the file.
  expect(set.slice(1).map((row) => row.split(',')[1])).toEqual([
    'QUANTITY',
    'PRICE',
    'DATE',
    'COLUMNS',
    'NEGATIVE_SALE_LINE',
    'STOCK_CODE',
    'NEGATIVE_SALE_LINE',
    'POSITIVE_RETURN_LINE',
    'INVOICE_APART',
    'INVOICE_NUMBER',
  ]);
});

test('an invoice that says something else than it did before goes to the quarantine, and the rest balances', async () => {
  const changed = join(world.folder, 'changed.csv');
  const rows = (await readFile(SAMPLE, 'utf8')).split('\r\n');
  const first = rows.findIndex((row) => row.startsWith('910001,'));
  rows[first] = rows[first]?.replace(',4.80,', ',4.90,') ?? '';
  await writeFile(changed, rows.join('\r\n'));

  const run = await world.replay(changed);
  expect(run).toMatchObject({ code: 0 });
  expect(run.report).toMatch(/^ +TRANSACTION_CONFLICT 4 \(/m);
  expect(line(run, 'duplicates')).toBe('37 invoices skipped: recorded before');
});

test('a return never overtakes the sale it belongs to', async () => {
  const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
  const row = (invoice: string, code: number, quantity: number) =>
    `${invoice},${code},GOODS,${quantity},3/4/2024 9:05,1.00,41000,United Kingdom`;
  // Long sales, each followed at once by a short return: sent at the same time the return would be there first.
  const pairs = [1, 2, 3, 4].flatMap((pair) => [
    ...Array.from({ length: 400 }, (_, index) => row(`92000${pair}`, pair * 1_000 + index, 2)),
    row(`C93000${pair}`, pair * 1_000, -1),
  ]);
  await writeFile(join(world.folder, 'pairs.csv'), [header, ...pairs].join('\n'));

  const run = await world.replay('pairs.csv', '--location', '9506000999036');
  expect(run).toMatchObject({ code: 0 });
  expect(line(run, 'returns')).toBe('4, 4 units, −4.00 GBP, 4 with their sale');
  expect(line(run, 'held')).toBe('none');
});

test('two replays of one file at the same time record it once', async () => {
  const shop = ['--location', '9506000999029'];
  const both = await Promise.all([world.replay(SAMPLE, ...shop), world.replay(SAMPLE, ...shop)]);
  expect(both).toMatchObject([{ code: 0 }, { code: 0 }]);
  const skipped = both.map((run) => Number.parseInt(line(run, 'duplicates') ?? '', 10));
  expect(skipped.reduce((sum, one) => sum + one, 0)).toBe(38);
});

test('a token of another graph is refused with what to do about it', async () => {
  const run = await world.replay(SAMPLE, '--token', 'eyJh.eyJz.c2ln', '--feed-token', 'eyJh.eyJz.c2ln');
  expect(run).toMatchObject({ code: 1, report: '' });
  expect(run.errors).toMatch(/does not take the token .*: use the DATA_DIR or TILLGRAPH_SECRET of that graph/);
});

test('where the graph dies in the middle it says so, and once there is one again the rest is recorded', async () => {
  const shop = ['--location', '9506000999012'];
  const cut = await world.replayWithoutGraphAfter(/10 of \d+ invoices/, SAMPLE, '--concurrency', '2', ...shop);
  expect(cut).toMatchObject({ code: 1, report: '' });
  expect(cut.errors).toContain(
    `No graph answers at ${world.url}. Start one with: npm start. Then run this again: it goes on`,
  );

  await world.startGraphAgain();
  const rest = await world.replay(SAMPLE, ...shop);
  expect(rest).toMatchObject({ code: 0 });
  expect(line(rest, 'duplicates')).not.toMatch(/^(?:0|38) /);
  expect(rest.report).toContain('ok      stock: closing = opening − sold + returned for 24 SKUs\n');
}, 120_000);

test('without a graph it says which one it looked for and how to start one', async () => {
  const run = await world.replay(SAMPLE, '--url', 'http://127.0.0.1:9');
  expect(run).toMatchObject({ code: 1, report: '' });
  expect(run.errors).toContain('No graph answers at http://127.0.0.1:9/graphql. Start one with: npm start');
});

test.each([
  ['a file that is not there', 'nowhere.csv', undefined, 'There is no file nowhere.csv'],
  ['another form', 'other.csv', 'a,b\n1,2\n', 'The file is not of the Online Retail form: no column InvoiceNo'],
  ['an empty file', 'empty.csv', '', 'The file is empty; it must start with a line of column names'],
])('%s is refused with one clear sentence', async (_what, name, content, sentence) => {
  if (content !== undefined) await writeFile(join(world.folder, name), content);
  const run = await world.replay(name);
  expect(run).toMatchObject({ code: 1, report: '' });
  expect(run.errors).toContain(sentence);
});
