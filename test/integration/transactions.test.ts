// Transactions on a real database: run again when they lost, told of only once they stand, one effect per idempotency key; and
// migrations, applied once by whoever comes first.
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Database, type Writer } from '#platform/db/database.ts';
import { RetryTransaction } from '#platform/db/failures.ts';
import { forgetOutcomes, type IdempotencyScope, idempotently } from '#platform/db/idempotency.ts';
import { type Migration, migrate, readMigrations } from '#platform/db/migrate.ts';
import { command, statement } from '#platform/db/statement.ts';
import { sleep } from '#platform/kernel/clock.ts';
import { emptyDatabase, query, type TestDatabase } from '../kit/database.ts';

const now = new Date('2026-11-24T09:00:00Z');
const platform = readMigrations(new URL('../../platform/messaging/migrations/', import.meta.url), 'platform');
const table: Migration = {
  name: 'test/0001-row.sql',
  sql: 'create table row (id int primary key, value int not null)',
};

const add = command('test.add', 'insert into row (id, value) values ($1, $2)');
const raise = command('test.raise', 'update row set value = value + 1 where id = $1');
const values = statement('test.values', 'select value from row order by id', z.object({ value: z.number() }));
const logged: string[] = [];

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await emptyDatabase();
  await migrate({ url: database.url, schema: 'test', migrations: [...platform, table], now });
  const logger = pino({ level: 'error' }, { write: (line: string) => void logged.push(line) });
  db = new Database({ url: database.url, schema: 'test', poolSize: 25, logger });
});
beforeEach(() => query(database.url, 'truncate test.row, test.idempotency'));
afterAll(async () => {
  await db?.close();
  await database?.drop();
});
const all = async () => (await db.all(values)).map(({ value }) => value);

describe('a transaction', () => {
  it('that meets another one in a deadlock is run again: both have their effect', async () => {
    await query(database.url, 'insert into test.row values (1, 0), (2, 0)');
    let runs = 0;
    let holding = 0;
    let meet: () => void = () => undefined;
    const met = new Promise<void>((resolve) => (meet = resolve));
    const both = (first: number, second: number) =>
      db.transaction('cross', async (tx) => {
        runs += 1;
        await tx.run(raise, [first]);
        // Each has one of the two rows now.
        holding += 1;
        if (holding >= 2) meet();
        await met;
        await tx.run(raise, [second]);
      });
    await Promise.all([both(1, 2), both(2, 1)]);
    expect(await all()).toEqual([2, 2]);
    expect(runs).toBe(3);
  });

  it('that loses again and again ends with a fault that says when to try again', async () => {
    let runs = 0;
    const work = async (tx: Writer): Promise<void> => {
      runs += 1;
      tx.defer(add, [1, 1]);
      throw new RetryTransaction('lost');
    };
    await expect(db.transaction('hopeless', work)).rejects.toMatchObject({
      code: 'CONFLICT_RETRIES_EXHAUSTED',
      retryable: true,
      message: expect.stringContaining('hopeless'),
    });
    expect(runs).toBe(8);
    expect(await all()).toEqual([]);
  });

  it('tells of its commit once it stands, never after a rollback; what the callback throws changes nothing', async () => {
    const told: string[] = [];
    let seen: Promise<number[]> | undefined;
    await db.transaction('good', async (tx) => {
      tx.onCommit(() => {
        told.push('good');
        seen = all();
        throw new Error('the callback fails');
      });
      tx.defer(add, [1, 7]);
      await sleep(20);
      expect(told).toEqual([]);
    });
    expect([told, await seen]).toEqual([['good'], [7]]);
    expect(logged.join()).toContain('a callback after commit threw');
    const bad = db.transaction('bad', async (tx) => {
      tx.onCommit(() => told.push('bad'));
      tx.defer(add, [1, 8]);
    });
    await expect(bad).rejects.toMatchObject({ code: '23505' });
    expect(told).toEqual(['good']);
  });

  it('whose deferred statement fails writes nothing and says what failed first, whatever was awaited after it', async () => {
    const work = db.transaction('deferred', async (tx) => {
      await tx.run(add, [1, 1]);
      tx.defer(add, [1, 2]);
      await tx.run(add, [2, 2]);
    });
    await expect(work).rejects.toMatchObject({ code: '23505' });
    expect(await all()).toEqual([]);
    await db.transaction('after', async (tx) => void (await tx.run(add, [3, 3])));
    expect(await all()).toEqual([3]);
  });
});

describe('an idempotency key', () => {
  const scope = (key: string, input: unknown = { a: 1 }, clientId = 'till'): IdempotencyScope => ({
    clientId,
    operation: 'sell',
    key,
    input,
    now,
  });
  let runs = 0;
  beforeEach(() => {
    runs = 0;
  });
  const sell = (of: IdempotencyScope) =>
    idempotently<{ readonly type: 'Sold'; readonly n: number }>(db, of, {
      run: async (tx) => {
        runs += 1;
        const n = runs;
        await tx.run(add, [n, n]);
        await sleep(10);
        return { type: 'Sold', n };
      },
      keep: (outcome) => outcome,
      restore: async ({ n }) => ({ type: 'Sold', n: Number(n) }),
    });

  it('used twenty times at once has one effect and one answer', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => sell(scope('k'))));
    expect(await all()).toHaveLength(1);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await sell(scope('k', { a: 1 }))).toEqual(answers[0]);
  });

  it('is compared by its input, whatever the order of members, and belongs to one client', async () => {
    const first = await sell(scope('k', { a: 1, b: 2 }));
    expect(await sell(scope('k', { b: 2, a: 1 }))).toEqual(first);
    expect(await sell(scope('k', { a: 1, b: 3 }))).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    expect(await sell(scope('k', { a: 1, b: 2 }, 'web'))).toMatchObject({ n: 2 });
    expect(await all()).toEqual([1, 2]);
  });

  it('is free again when the work failed', async () => {
    const failing = idempotently<{ type: string }>(db, scope('k'), {
      run: async (tx) => {
        await tx.run(add, [1, 1]);
        throw new Error('no');
      },
      keep: (outcome) => outcome,
      restore: async (kept) => kept,
    });
    await expect(failing).rejects.toThrow('no');
    expect(await sell(scope('k'))).toMatchObject({ type: 'Sold' });
  });

  it('is remembered for 30 days, then forgotten', async () => {
    const days = (count: number) => new Date(now.getTime() + count * 24 * 3_600_000);
    await sell(scope('k'));
    await sell({ ...scope('later'), now: days(1) });
    expect(await forgetOutcomes(db, days(30))).toBe(0);
    expect(await forgetOutcomes(db, new Date(days(30).getTime() + 1))).toBe(1);
    expect(await sell(scope('later'))).toEqual({ type: 'Sold', n: 2 });
    expect(await sell(scope('k'))).toEqual({ type: 'Sold', n: 3 });
  });
});

describe('migrations', () => {
  const second: Migration = { name: 'test/0002-more.sql', sql: 'alter table row add column more int' };
  const bring = (migrations: readonly Migration[], schema = 'moved') =>
    migrate({ url: database.url, schema, migrations, now });
  const names = async (schema: string) =>
    (await query(database.url, `select name from ${schema}.schema_migration order by name`)).map(({ name }) => name);

  it('are applied once when several processes start at once', async () => {
    const applied = await Promise.all([1, 2, 3].map(() => bring([table, second])));
    expect(applied.flat().toSorted()).toEqual([table.name, second.name]);
    expect(await bring([table, second])).toEqual([]);
  });

  it('are refused by an older version, and when one was edited after it ran', async () => {
    await expect(bring([table])).rejects.toMatchObject({
      code: 'DATABASE_SCHEMA_NEWER',
      message: expect.stringContaining('0002-more'),
    });
    const edited = { ...second, sql: `${second.sql} default 1` };
    await expect(bring([table, edited])).rejects.toMatchObject({ code: 'DATABASE_MIGRATION_CHANGED' });
    expect(await names('moved')).toEqual([table.name, second.name]);
  });

  it('that fail leave nothing of themselves, and what came before them stays', async () => {
    const broken = { name: 'test/0002-broken.sql', sql: 'create table half (id int); create table half (id int)' };
    await expect(bring([table, broken], 'broken')).rejects.toThrow('0002-broken');
    expect(await names('broken')).toEqual([table.name]);
    expect(await query(database.url, `select to_regclass('broken.half') as half`)).toEqual([{ half: null }]);
  });
});
