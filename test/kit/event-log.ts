// One event log on a database of its own, without a subgraph around it: events that say only their number.
import { z } from 'zod';
import { Database, type Writer } from '#platform/db/database.ts';
import { migrate, readMigrations } from '#platform/db/migrate.ts';
import { systemClock } from '#platform/kernel/clock.ts';
import { defineEvent, event, type StoredEvent } from '#platform/messaging/contract.ts';
import { EventLog } from '#platform/messaging/event-log.ts';
import { Outbox } from '#platform/messaging/outbox.ts';
import { Sequencer } from '#platform/messaging/sequencer.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import { emptyDatabase } from './database.ts';

export const happened = defineEvent({
  name: 'test.happened',
  version: 1,
  meaning: 'Something happened.',
  key: 'whatever the test says',
  dataclass: 'PUBLIC',
  schema: z.object({ n: z.number() }),
});

export const numberOf = ({ data }: StoredEvent): number => (data as { n: number }).n;

export async function startLog() {
  const database = await emptyDatabase();
  const migrations = readMigrations(new URL('../../platform/messaging/migrations/', import.meta.url), 'platform');
  await migrate({ url: database.url, schema: 'test_log', migrations, now: systemClock.now() });
  const open = () => new Database({ url: database.url, schema: 'test_log', poolSize: 5, logger: silentLogger });
  const db = open();
  const opened = [db];
  const sequencers: Sequencer[] = [];
  const outbox = new Outbox(() => sequencers.forEach((sequencer) => sequencer.nudge()));
  const write = (tx: Writer, numbers: readonly number[], key = 'one') => {
    const at = systemClock.now();
    const events = numbers.map((n) => event(happened, { key, sequence: n, occurredAt: at, data: { n } }));
    outbox.append(tx, events, at);
  };
  return {
    url: database.url,
    db,
    log: new EventLog('test_log', db),
    /** Appends within a transaction of the caller's. */
    write,
    /** Appends in a transaction of its own. */
    append: (numbers: readonly number[], key?: string) =>
      db.transaction('append', async (tx) => write(tx, numbers, key)),
    /** The log as another process sees it. */
    elsewhere(): Database {
      const other = open();
      opened.push(other);
      return other;
    },
    /** Starts a sequencer, on a pool of its own when asked. */
    sequence(on: Database = db): Sequencer {
      const sequencer = new Sequencer(on, systemClock, silentLogger);
      sequencers.push(sequencer);
      sequencer.start();
      return sequencer;
    },
    async close() {
      await Promise.all(sequencers.map((sequencer) => sequencer.stop()));
      await Promise.all(opened.map((one) => one.close()));
      await database.drop();
    },
  };
}

export type TestLog = Awaited<ReturnType<typeof startLog>>;

export const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n);
