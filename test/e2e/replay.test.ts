// npm run replay on the sample of the repository, against a whole graph over HTTP: what it records, that again is safe, and how it
// says no.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ReplayWorld, type Run, SAMPLE, startReplayWorld } from '../kit/replay.ts';

let world: ReplayWorld;

beforeAll(async () => {
  world = await startReplayWorld();
});

afterAll(async () => {
  await world?.close();
});

/** The figures of a report's line: `sales` → `33, 963 units, …`. */
function line(run: Run, name: string): string | undefined {
  return new RegExp(`^ +${name} +(.*)$`, 'm').exec(run.report)?.[1];
}

test('killed in the middle and run again, the sample is recorded once and balances to the penny', async () => {
  await world.replayUntil(/10 of \d+ invoices/, SAMPLE, '--concurrency', '2');
  const again = await world.replay(SAMPLE);

  expect(again.errors).not.toContain('FAILED');
  expect(again).toMatchObject({ code: 0 });
  const skipped = Number(/^(\d+) invoices skipped/.exec(line(again, 'duplicates') ?? '')?.[1]);
  expect(skipped).toBeGreaterThanOrEqual(8);
  expect(skipped).toBeLessThan(38);
  expect(line(again, 'held')).toBe('none');

  const third = await world.replay(SAMPLE);
  expect(third).toMatchObject({ code: 0 });
  expect(line(third, 'sales')).toBe(line(again, 'sales'));
  expect(line(third, 'returns')).toBe(line(again, 'returns'));
  expect(line(third, 'new')).toBe('0 products, 0 opening stocks, 0 customers');
  expect(line(third, 'duplicates')).toBe('38 invoices skipped: recorded before');
  expect(third.report).toContain('ok      stock: closing = opening − sold + returned for 24 SKUs\n');
});

test('rows that cannot be taken are in the quarantine, each with its reason', async () => {
  await world.replay(SAMPLE);
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
  await world.replay(SAMPLE);
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
