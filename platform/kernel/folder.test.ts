// Folders in a real file system, and in one that takes none.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeFolder } from './folder.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'tillgraph-folder-'));
});
afterAll(() => rmSync(root, { recursive: true }));

test('a folder is made with those above it, and once', () => {
  makeFolder(join(root, 'a/b/c'));
  makeFolder(join(root, 'a/b/c'));
  expect(existsSync(join(root, 'a/b/c'))).toBe(true);
});

test('below a file the file system’s own words come back', () => {
  writeFileSync(join(root, 'file'), '');
  expect(() => makeFolder(join(root, 'file/below'))).toThrow(/ENOTDIR/);
});

test('where no folder can be, it ends', () => {
  expect(() => makeFolder('/proc/tillgraph/data')).toThrow(/tillgraph|proc/);
});
