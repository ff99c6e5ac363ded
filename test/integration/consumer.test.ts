// A consumer on a real log: effects, inbox and checkpoint are one transaction; whatever is killed, each event has its effect once
// and in order; what cannot be handled is set aside and later events pass.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import type { Database } from '#platform/db/database.ts';
import { command, statement } from '#platform/db/statement.ts';
import { InvalidInput } from '#platform/errors/fault.ts';
import { sleep, systemClock } from '#platform/kernel/clock.ts';
import { Consumer, type Handler } from '#platform/messaging/consumer.ts';
import { EventLog } from '#platform/messaging/event-log.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import { query } from '../kit/database.ts';
import { happened, numberOf, range, startLog, type TestLog } from '../kit/event-log.ts';

const effect = command('test.effect', 'insert into effect (n) values ($1)');
const effects = statement('test.effects', 'select n from effect order by at', z.object({ n: z.number() }));
const suicide = statement('test.suicide', 'select pg_terminate_backend(pg_backend_pid())', () => undefined);

let log: TestLog;
let consumers: Consumer[] = [];
beforeEach(async () => {
  log = await startLog();
  await query(log.url, 'create table test_log.effect (at serial, n int)');
  log.sequence();
});
afterEach(async () => {
  await Promise.all(consumers.map((consumer) => consumer.stop()));
  consumers = [];
  await log?.close();
});

const note: Handler = async (tx, events) => {
  for (const one of events) tx.defer(effect, [numberOf(one)]);
};

function consume(handler: Handler, db: Database = log.db): Consumer {
  const definition = { name: 'test', log: 'test_log', handlers: { [happened.name]: handler } };
  const parts = { db, log: new EventLog('test_log', db), clock: systemClock, logger: silentLogger };
  const consumer = new Consumer(definition, { ...parts, onCommit: () => undefined });
  consumers.push(consumer);
  consumer.start();
  return consumer;
}
const done = async () => (await log.db.all(effects)).map(({ n }) => n);
const expectDone = (numbers: readonly number[]) => expect.poll(done, { timeout: 15_000 }).toEqual(numbers);
const deadLetters = () =>
  query(log.url, 'select position::int, error_code, attempts, error from test_log.dead_letter order by position');

it('several processes of one consumer handle each event once and in order', async () => {
  for (let n = 0; n < 3; n += 1) consume(note, log.elsewhere());
  for (let n = 0; n < 500; n += 50) await log.append(range(n, n + 49), `key-${n % 3}`);
  await expectDone(range(0, 499));
});

it('killed within its transaction leaves nothing, and does it again', async () => {
  let killed = 0;
  consume(async (tx, events) => {
    await note(tx, events);
    if (killed < 3) {
      killed += 1;
      await tx.one(suicide);
    }
  });
  await log.append(range(1, 20));
  await expectDone(range(1, 20));
  expect(killed).toBe(3);
  expect(await deadLetters()).toEqual([]);
});

it('with nothing to do, locks nothing and so makes the server flush nothing', async () => {
  consume(note);
  await log.append(range(1, 3));
  await expectDone(range(1, 3));
  const lockedBy = () => query(log.url, 'select xmax::text, position::int from test_log.consumer_checkpoint');
  await sleep(200);
  const before = await lockedBy();
  expect(before).toMatchObject([{ position: 3 }]);
  // Three polls and more.
  await sleep(1_800);
  expect(await lockedBy()).toEqual(before);
});

it('retries what fails, one event at a time, without doing its neighbours twice', async () => {
  const failures = new Map<number, number>();
  consume(async (tx, events) => {
    await note(tx, events);
    const sore = events.map(numberOf).find((n) => n % 5 === 0 && (failures.get(n) ?? 0) < 2);
    if (sore === undefined) return;
    failures.set(sore, (failures.get(sore) ?? 0) + 1);
    throw new Error('not now');
  });
  await log.append(range(1, 12));
  await expectDone(range(1, 12));
  expect(await deadLetters()).toEqual([]);
});

it('sets aside at once what can never be read, and after five attempts what keeps failing; later events pass', async () => {
  const consumer = consume(async (tx, events) => {
    await note(tx, events);
    for (const n of events.map(numberOf)) {
      if (n === 2) throw new InvalidInput([{ path: 'n', message: 'must not be 2' }]);
      if (n === 4) throw new TypeError('cannot do 4');
    }
  });
  await log.append(range(1, 5));
  await expectDone([1, 3, 5]);
  expect(await deadLetters()).toMatchObject([
    // Once among the others, once alone.
    { position: 2, error_code: 'BAD_USER_INPUT', attempts: 2 },
    { position: 4, error_code: 'INTERNAL_SERVER_ERROR', attempts: 5, error: expect.stringContaining('cannot do 4') },
  ]);
  expect(await consumer.lag()).toBe(0);
});

it('reads a log of a new epoch from its beginning, and does again only what is new in it', async () => {
  const first = consume(note);
  await log.append([1, 2, 3]);
  await expectDone([1, 2, 3]);
  await first.stop();
  consumers = [];
  await query(log.url, 'delete from test_log.event_log where position > 2');
  await query(log.url, 'update test_log.event_log_state set last_position = 2, epoch = epoch + 1');
  consume(note);
  await log.append([30]);
  await expectDone([1, 2, 3, 30]);
});
