// A server that ends connections (restart, failover, an administrator) costs the statements at work, never the process.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Database } from '#platform/db/database.ts';
import { statement } from '#platform/db/statement.ts';
import { sleep } from '#platform/kernel/clock.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import { emptyDatabase, type TestDatabase } from '../kit/database.ts';

const pid = statement('test.pid', 'select pg_backend_pid() as pid', (row) => row.pid as number);
const kill = statement('test.kill', 'select pg_terminate_backend($1)', () => undefined);

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await emptyDatabase();
  db = new Database({ url: database.url, schema: 'public', poolSize: 2, logger: silentLogger });
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

it('a connection killed between two statements of a transaction fails it as retryable, and the next one works', async () => {
  const lost = db.transaction('lost', async (tx) => {
    await db.one(kill, [await tx.one(pid)]);
    await sleep(50);
    return tx.one(pid);
  });
  await expect(lost).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', retryable: true });
  expect(await db.transaction('next', (tx) => tx.one(pid))).toBeGreaterThan(0);
});
