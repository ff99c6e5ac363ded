// The lint rules really report what they are there for, with types followed across files and into packages.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

// A line ending in `// <rule>` must be reported by that rule; every other line must not be reported at all.
const fixtures = {
  'platform/db/database.ts': `
    export interface Database { query(text: string): Promise<number> }
    export class Pool implements Database { query(text: string): Promise<number> { return Promise.resolve(text.length); } }`,
  'subgraphs/order/repository.ts': `
    import type { Database } from '#platform/db/database.ts';
    export const repository = (db: Database) => ({ lock: (id: string) => db.query(id) });`,
  'subgraphs/order/command.ts': `
    import pg from 'pg';
    import { type Database, Pool } from '#platform/db/database.ts';
    import { repository } from './repository.ts';
    export async function command(db: Database, ids: string[]): Promise<number> {
      db.query('a'); // no-floating-promises
      new Pool().query('a'); // no-floating-promises
      repository(db).lock('a'); // no-floating-promises
      new pg.Client().query('a'); // no-floating-promises
      ids.forEach(async (id) => { await db.query(id); }); // no-misused-promises
      if (db.query('a')) ids.push('a'); // no-misused-promises
      try {
        return db.query('a'); // return-await
      } catch {
        return 0;
      }
    }
    export const awaited = async (db: Database) => { await db.query('a'); };`,
  'platform/loose.ts': `
    export const loose = (value: any) => String(value); // no-explicit-any
    const unused = 1; // no-unused-vars
    console.log('a'); // no-console
    // @ts-ignore // ban-ts-comment
    export const wrong: number = 1;
    export function long() { // max-lines-per-function
${'      loose(1);\n'.repeat(60)}    }`,
  'platform/loose.test.ts': `
    import { describe, expect, it, test } from 'vitest';
    test.skip('a', () => { expect(1).toBe(1); }); // no-disabled-tests
    test.only('b', () => { expect(1).toBe(1); }); // no-focused-tests
    describe.only('c', () => { // no-focused-tests
      it.todo('d'); // warn-todo
    });`,
};

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tillgraph-lint-'));
  for (const [name, text] of Object.entries(fixtures)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  for (const name of ['tsconfig.json', '.oxlintrc.json'])
    writeFileSync(join(folder, name), readFileSync(join(root, name)));
  writeFileSync(join(folder, 'package.json'), '{"type":"module","imports":{"#platform/*":"./platform/*"}}');
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
});

afterAll(() => rmSync(folder, { recursive: true }));

test('lint reports un-awaited promises, skipped and focused tests, any, unused code, console and long functions', () => {
  const { stdout, status } = spawnSync(
    join(root, 'node_modules/.bin/oxlint'),
    ['--format=unix', 'platform', 'subgraphs'],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );
  const reported = [...stdout.matchAll(/^(.+?):(\d+):\d+: .*\((.+)\)\]$/gm)].map(
    ([, file, line, rule]) => `${file}:${line} ${rule}`,
  );
  const expected = Object.entries(fixtures).flatMap(([file, text]) =>
    text.split('\n').flatMap((line, index) => {
      const rule = / \/\/ ([a-z-]+)$/.exec(line)?.[1];
      return rule ? [`${file}:${index + 1} ${rule}`] : [];
    }),
  );
  expect(reported.toSorted()).toEqual(expected.toSorted());
  expect(status).toBe(1);
});
