// Rows set aside: the file they are in, and what is counted of them.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Quarantine } from './quarantine.ts';
import type { SourceRow } from './reader.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quarantine-'));
  path = join(folder, 'set-aside.csv');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const row = (line: number, pence: bigint | null, ...fields: string[]): SourceRow => ({
  line,
  fields,
  whole: true,
  pence,
});

test('a row is written with its line and reason so that it can be read back as it was', () => {
  const quarantine = new Quarantine(path);
  const fields = ['1', '101', 'MUG, "BLUE"\nLARGE', '', '12/1/2010 8:26', '4.25', '', 'France'];
  quarantine.add([{ row: row(7, null, ...fields), reason: 'QUANTITY' }]);
  quarantine.add([{ row: row(9, 5n, ...fields), reason: 'TRANSACTION_INVALID', detail: 'lines.0: too much' }]);
  quarantine.close();
  const [header, ...rows] = parse(readFileSync(path, 'utf8'));
  expect(header?.slice(0, 4)).toEqual(['Line', 'Reason', 'Detail', 'InvoiceNo']);
  expect(rows).toEqual([
    ['7', 'QUANTITY', '', ...fields],
    ['9', 'TRANSACTION_INVALID', 'lines.0: too much', ...fields],
  ]);
});

test('rows and money are counted by reason; money that cannot be read is in no total', () => {
  const quarantine = new Quarantine(path);
  quarantine.add([
    { row: row(2, -100n), reason: 'NEGATIVE_SALE_LINE' },
    { row: row(3, -50n), reason: 'NEGATIVE_SALE_LINE' },
    { row: row(4, null), reason: 'PRICE' },
  ]);
  quarantine.close();
  expect([...quarantine.byReason]).toEqual([
    ['NEGATIVE_SALE_LINE', { rows: 2, money: -150n }],
    ['PRICE', { rows: 1, money: 0n }],
  ]);
  expect(quarantine.total).toEqual({ rows: 3, money: -150n });
  expect(quarantine.unreadable).toBe(1);
});

test('where nothing is set aside there is no file, and none of an earlier run', () => {
  writeFileSync(path, 'of yesterday');
  const quarantine = new Quarantine(path);
  quarantine.add([]);
  quarantine.close();
  expect(existsSync(path)).toBe(false);
});
