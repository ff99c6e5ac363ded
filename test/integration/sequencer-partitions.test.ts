// The sequencer's monthly partitions on a real database: events that were appended before their month had one are numbered too.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { Database } from '#platform/db/database.ts';
import { migrate, readMigrations } from '#platform/db/migrate.ts';
import { statement } from '#platform/db/statement.ts';
import { sleep } from '#platform/kernel/clock.ts';
import { defineEvent, event } from '#platform/messaging/contract.ts';
import { EventLog } from '#platform/messaging/event-log.ts';
import { Outbox } from '#platform/messaging/outbox.ts';
import { Sequencer } from '#platform/messaging/sequencer.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import { emptyDatabase, type TestDatabase } from '../kit/database.ts';

const happened = defineEvent({
  name: 'test.happened',
  version: 1,
  meaning: 'Something happened.',
  key: 'none',
  dataclass: 'PUBLIC',
  schema: z.object({ n: z.number() }),
});
const partitions = statement(
  'test.partitions',
  'select distinct tableoid::regclass::text as name from event_log order by 1',
  (row) => String(row.name),
);
const now = new Date('2026-03-31T23:59:59Z');

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await emptyDatabase();
  const migrations = readMigrations(new URL('../../platform/messaging/migrations/', import.meta.url), 'platform');
  await migrate({ url: database.url, schema: 'test_log', migrations, now });
  db = new Database({ url: database.url, schema: 'test_log', poolSize: 2, logger: silentLogger });
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

it('events appended before any sequencer ran move to their month and get positions in order', async () => {
  const outbox = new Outbox(() => undefined);
  await db.transaction('append', async (tx) => {
    const at = (n: number) => event(happened, { key: 'one', sequence: n, occurredAt: now, data: { n } });
    outbox.append(tx, [at(1), at(2)], now);
    outbox.append(tx, [at(3)], new Date('2026-05-01T00:00:00Z'));
  });
  const sequencer = new Sequencer(db, { now: () => now }, silentLogger);
  sequencer.start();
  const log = new EventLog('test_log', db);
  for (let waited = 0; waited < 5_000 && (await log.unnumbered()) > 0; waited += 20) await sleep(20);
  await sequencer.stop();
  expect((await log.read(0, 10)).map(({ position, sequence }) => [position, sequence])).toEqual([
    [1, 1n],
    [2, 2n],
    [3, 3n],
  ]);
  expect(await db.all(partitions)).toEqual(['event_log_2026_03', 'event_log_rest']);
});
