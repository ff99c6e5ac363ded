// The event log on a real database: one leader numbers, nothing is skipped or told twice, whoever dies or dawdles; and where a live
// reader joins, the past and the present meet without gap or double.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sleep } from '#platform/kernel/clock.ts';
import { EventTail } from '#platform/messaging/tail.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import { query } from '../kit/database.ts';
import { numberOf, range, startLog, type TestLog } from '../kit/event-log.ts';

let log: TestLog;
beforeEach(async () => {
  log = await startLog();
});
afterEach(() => log?.close());

const holders = () =>
  query(
    log.url,
    `select pid from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`,
  );
const numbered = () => log.log.read(0, 100_000);
const allNumbered = (count: number) =>
  expect.poll(async () => (await numbered()).length, { timeout: 10_000 }).toBe(count);

describe('sequencers', () => {
  it('are many and one of them leads; the next takes over when it is killed, with no position twice or missing', async () => {
    for (let n = 0; n < 3; n += 1) log.sequence(log.elsewhere());
    await expect.poll(async () => (await holders()).length).toBe(1);
    const [first] = await holders();
    let appended = 0;
    const appending = (async () => {
      for (; appended < 300; appended += 1) await log.append([appended]);
    })();
    while (appended < 100) await sleep(5);
    await query(log.url, 'select pg_terminate_backend($1)', [first?.pid]);
    await appending;
    await allNumbered(300);
    expect((await numbered()).map(({ position }) => position)).toEqual(range(1, 300));
    expect((await numbered()).map(numberOf)).toEqual(range(0, 299));
    const [second, ...others] = await holders();
    expect(others).toEqual([]);
    expect(second?.pid).not.toBe(first?.pid);
  });

  it('do not wait for a transaction that is left open, and number it behind what was read meanwhile', async () => {
    log.sequence();
    let commit: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (commit = resolve));
    const late = log.db.transaction('dawdle', async (tx) => {
      log.write(tx, [1], 'slow');
      await gate;
    });
    await sleep(50);
    await log.append([2, 3]);
    await allNumbered(2);
    commit();
    await late;
    await allNumbered(3);
    expect((await numbered()).map(numberOf)).toEqual([2, 3, 1]);
  });

  it('begin a new epoch on a restored log, and a cursor of the old one gets a snapshot', async () => {
    const before = log.sequence();
    await log.append(range(1, 5));
    await allNumbered(5);
    const { logId, epoch } = await log.log.identity();
    await before.stop();
    // What a dump restored on another server looks like: the last positions are gone, and the name of the server is another one's.
    await query(log.url, `delete from test_log.event_log where position > 3`);
    await query(log.url, `update test_log.event_log_state set last_position = 3, system_identifier = 'another'`);
    log.sequence();
    await log.append([40, 50]);
    await allNumbered(5);
    expect(await log.log.identity()).toEqual({ logId, epoch: epoch + 1, head: 5 });
    const tail = new EventTail(log.log, silentLogger);
    const old = await tail.subscribe(() => true, { logId, epoch, position: 4 });
    expect(old.snapshot).toBe(true);
    const now = await tail.subscribe(() => true, { logId, epoch: epoch + 1, position: 4 });
    expect(now.snapshot).toBe(false);
    expect(numberOf((await now.events.next()).value ?? expect.fail())).toBe(50);
    await tail.stop();
  });
});

describe('the live tail', () => {
  it('joins the past to the present without gap or double, wherever a reader begins, while events keep coming', async () => {
    log.sequence();
    await log.append(range(1, 2_500));
    await allNumbered(2_500);
    const { logId, epoch } = await log.log.identity();
    const tail = new EventTail(log.log, silentLogger);
    const read = async (position: number): Promise<number[]> => {
      const { events, snapshot } = await tail.subscribe(() => true, { logId, epoch, position });
      expect(snapshot).toBe(false);
      const seen: number[] = [];
      for await (const one of events) if (seen.push(numberOf(one)) === 2_700 - position) break;
      return seen;
    };
    const appending = (async () => {
      for (let n = 2_501; n <= 2_700; n += 10) await log.append(range(n, n + 9));
    })();
    const starts = [0, 10, 999, 1_000, 2_499, 2_500];
    const seen = await Promise.all(starts.map(async (position, n) => sleep(n * 20).then(() => read(position))));
    await appending;
    for (const [index, numbers] of seen.entries()) expect(numbers).toEqual(range((starts[index] ?? 0) + 1, 2_700));
    expect(tail.subscribers).toBe(0);
    await tail.stop();
  });

  it('gives a reader far behind all it remembers, not only as much as fits a live buffer', async () => {
    log.sequence();
    const tail = new EventTail(log.log, silentLogger);
    const { events: first, identity } = await tail.subscribe(({ position }) => position === 5_000);
    for (let n = 1; n <= 5_000; n += 1_000) await log.append(range(n, n + 999));
    await first.next();
    const { events } = await tail.subscribe(() => true, { ...identity, position: 0 });
    const seen: number[] = [];
    for await (const one of events) if (seen.push(numberOf(one)) === 5_000) break;
    expect(seen).toEqual(range(1, 5_000));
    await tail.stop();
  });

  it('ends its readers when the log is restored under it, and gives them a snapshot when they come back', async () => {
    log.sequence();
    const tail = new EventTail(log.log, silentLogger);
    const { events, identity } = await tail.subscribe(() => true);
    await log.append([1, 2]);
    await events.next();
    await events.next();
    await query(log.url, 'delete from test_log.event_log where position > 1');
    await query(log.url, 'update test_log.event_log_state set last_position = 1, epoch = epoch + 1');
    await expect(events.next()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    const again = await tail.subscribe(() => true, { ...identity, position: 2 });
    expect(again).toMatchObject({ snapshot: true, identity: { epoch: identity.epoch + 1 } });
    await log.append([20]);
    expect(numberOf((await again.events.next()).value ?? expect.fail())).toBe(20);
    await tail.stop();
  });

  it('gives a place ahead of the log, of another log, or no longer kept a snapshot', async () => {
    log.sequence();
    await log.append(range(1, 5));
    await allNumbered(5);
    const { logId, epoch } = await log.log.identity();
    const tail = new EventTail(log.log, silentLogger);
    const snapshotAt = async (at: object) =>
      (await tail.subscribe(() => true, { logId, epoch, position: 2, ...at })).snapshot;
    expect([await snapshotAt({}), await snapshotAt({ position: 6 }), await snapshotAt({ logId: 'x' })]).toEqual([
      false,
      true,
      true,
    ]);
    await query(log.url, 'delete from test_log.event_log where position <= 3');
    expect([await snapshotAt({ position: 2 }), await snapshotAt({ position: 3 })]).toEqual([true, false]);
    await tail.stop();
  });

  it('goes on when its connections are killed, and ends a reader that does not read', async () => {
    log.sequence(log.elsewhere());
    const tail = new EventTail(log.log, silentLogger);
    const { events } = await tail.subscribe(() => true);
    await log.append([1]);
    expect(numberOf((await events.next()).value ?? expect.fail())).toBe(1);
    await query(
      log.url,
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    await expect
      .poll(() =>
        log.append(range(2, 1_001)).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    await expect.poll(async () => (await log.log.identity()).head, { timeout: 10_000 }).toBe(1_001);
    await log.append([1_002, 1_003]);
    await expect.poll(() => tail.subscribers, { timeout: 10_000 }).toBe(0);
    const seen: number[] = [];
    const reading = (async () => {
      for await (const one of events) seen.push(numberOf(one));
    })();
    await expect(reading).rejects.toMatchObject({ code: 'SUBSCRIBER_TOO_SLOW' });
    expect(seen).toEqual(range(2, 1_001));
    await tail.stop();
  });
});
