// An embedded database whose server dies under its users: it comes back where it was, with what was committed.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Database } from '#platform/db/database.ts';
import { prepareDataDirectory } from '#platform/db/embedded/data-directory.ts';
import { findPostmaster } from '#platform/db/embedded/postmaster.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#platform/db/embedded/supervisor.ts';
import { statement } from '#platform/db/statement.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';

const make = statement('test.make', 'create table kept as select 42 as answer', () => undefined);
const read = statement('test.read', 'select answer from kept', (row) => row.answer as number);

let dataDir = '';
const users: EmbeddedPostgres[] = [];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tillgraph-'));
});
afterEach(async () => {
  for (const user of users.splice(0)) await user.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function use(log: (message: string) => void = () => {}): Promise<EmbeddedPostgres> {
  const user = await startEmbeddedPostgres({ dataDir, log });
  users.push(user);
  return user;
}

async function serverPid(): Promise<number | undefined> {
  return (await findPostmaster(await prepareDataDirectory(dataDir)))?.pid;
}

const killServer = async () => process.kill((await serverPid()) ?? 0, 'SIGKILL');

it('a server that is killed is started again once, for all its users, and open pools reach it again', async () => {
  const told: string[] = [];
  const first = await use((message) => told.push(message));
  await use((message) => told.push(message));
  const db = new Database({ url: first.url('postgres'), schema: 'public', poolSize: 2, logger: silentLogger });
  try {
    await db.transaction('make', (tx) => tx.run(make));
    const before = await serverPid();
    await killServer();
    await expect
      .poll(() => db.transaction('read', (tx) => tx.one(read)).catch(() => undefined), { timeout: 60_000 })
      .toBe(42);
    const again = () => told.filter((message) => message.startsWith('PostgreSQL runs again'));
    await expect.poll(again, { timeout: 60_000 }).toHaveLength(2);
    expect(await serverPid()).not.toBe(before);
    expect(new Set(again()).size).toBe(1);
  } finally {
    await db.close();
  }
});

it('a server that dies while its last user leaves stays away', async () => {
  const user = await use();
  await killServer();
  await user.stop();
  expect(await serverPid()).toBeUndefined();
});
