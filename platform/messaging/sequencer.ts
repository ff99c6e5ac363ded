// Numbers the committed events of one log: the next positions, in append order, in batches. One leader per log by advisory
// lock, numbering on the very connection that holds it, so a leader that lost its lock cannot number.
import pg from 'pg';
import type { Database } from '../db/database.ts';
import { type Clock, sleep } from '../kernel/clock.ts';
import { newId } from '../kernel/ids.ts';
import type { Logger } from '../telemetry/logger.ts';
import { numberedChannel } from './event-log.ts';
import { Wakeable } from './wakeable.ts';

const BATCH = 5_000;
const POLL_MS = 200;
const RETRY_MS = 500;
const PARTITIONS_EVERY_MS = 3_600_000;
const AGAIN_MS = 10_000;

// One statement, one snapshot: every event it sees committed gets a number above all given before.
const NUMBER = `/* sequencer.number */
with state as (select last_position from event_log_state for update),
batch as (
  select append_id, recorded_at, row_number() over (order by append_id) as n
  from (select append_id, recorded_at from event_log where position is null order by append_id limit ${BATCH}) unnumbered
),
numbered as (
  update event_log e set position = state.last_position + batch.n from batch, state
  where e.append_id = batch.append_id and e.recorded_at = batch.recorded_at returning 1
)
update event_log_state set last_position = last_position + (select count(*) from numbered)
where exists (select 1 from batch) returning (select count(*)::int from numbered) as numbered`;

export class Sequencer {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #wake = new Wakeable();
  #running: Promise<void> | undefined;
  #stopping = false;

  constructor(db: Database, clock: Clock, logger: Logger) {
    this.#db = db;
    this.#clock = clock;
    this.#logger = logger;
  }

  start(): void {
    this.#running = this.#lead();
  }

  /** New events were committed in this process; without it the next poll finds them. */
  nudge(): void {
    this.#wake.wake();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake.wake();
    await this.#running;
  }

  async #lead(): Promise<void> {
    while (!this.#stopping) {
      let client: pg.Client | undefined;
      try {
        client = await this.#db.dedicated();
        if (await this.#becomeLeader(client)) await this.#number(client);
        else await this.#wake.sleep(RETRY_MS);
      } catch (error) {
        if (!this.#stopping) this.#logger.warn({ schema: this.#db.schema, error }, 'sequencer interrupted');
        await sleep(this.#stopping ? 0 : RETRY_MS);
      } finally {
        await client?.end().catch(() => undefined);
      }
    }
  }

  async #becomeLeader(client: pg.Client): Promise<boolean> {
    const { rows } = await client.query<{ leads: boolean }>('select pg_try_advisory_lock(hashtext($1)) as leads', [
      `sequencer ${this.#db.schema}`,
    ]);
    return rows[0]?.leads === true;
  }

  async #number(client: pg.Client): Promise<void> {
    await adoptLog(client);
    let partitionsDue = 0;
    while (!this.#stopping) {
      if (performance.now() >= partitionsDue) {
        partitionsDue = performance.now() + ((await this.#partition(client)) ? PARTITIONS_EVERY_MS : AGAIN_MS);
      }
      const { rows } = await client.query<{ numbered: number }>({ name: 'sequencer.number', text: NUMBER });
      const numbered = rows[0]?.numbered ?? 0;
      if (numbered > 0) await client.query(`notify ${pg.escapeIdentifier(numberedChannel(this.#db.schema))}`);
      if (numbered < BATCH) await this.#wake.sleep(POLL_MS);
    }
  }

  /** False when a partition could not be had now: numbering goes on without it, from the default one. */
  async #partition(client: pg.Client): Promise<boolean> {
    try {
      await ensurePartitions(client, this.#clock.now());
      return true;
    } catch (error) {
      this.#logger.warn({ schema: this.#db.schema, error }, 'no partition for the month yet; trying again');
      return false;
    }
  }
}

/** Creates the log's identity, and begins a new epoch when the server is another than the one that numbered last. */
export async function adoptLog(client: pg.Client): Promise<void> {
  const server = `select system_identifier::text as system_identifier,
    (select timeline_id from pg_control_checkpoint()) as timeline from pg_control_system()`;
  await client.query(
    `insert into event_log_state (log_id, epoch, system_identifier, timeline, last_position)
     select $1, 1, s.system_identifier, s.timeline, 0 from (${server}) s on conflict do nothing`,
    [newId()],
  );
  // A restored dump or a promoted replica may have lost a tail whose positions were read: they must not be given again.
  await client.query(
    `update event_log_state l set epoch = l.epoch + 1, system_identifier = s.system_identifier, timeline = s.timeline
     from (${server}) s where (l.system_identifier, l.timeline) <> (s.system_identifier, s.timeline)`,
  );
}

/** Partitions for this month and the next; what no partition takes goes to the default one. */
async function ensurePartitions(client: pg.Client, now: Date): Promise<void> {
  const month = (offset: number) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset, 1)).toISOString();
  for (const offset of [0, 1]) {
    const name = `event_log_${month(offset).slice(0, 7).replace('-', '_')}`;
    const { rows } = await client.query<{ there: boolean }>('select to_regclass($1) is not null as there', [name]);
    if (!rows[0]?.there) await addPartition(client, name, month(offset), month(offset + 1));
  }
}

/**
 * Events appended before their month had a partition lie in the default one, and as long as they do the month can have none:
 * they move over with it. The whole log is locked for that moment: a row on its way into the default partition would be refused.
 */
async function addPartition(client: pg.Client, name: string, from: string, to: string): Promise<void> {
  await client.query('begin');
  try {
    await client.query(`set local lock_timeout = '1s'`);
    await client.query('lock table event_log in access exclusive mode');
    await client.query(`create table ${name} (like event_log including all)`);
    await client.query(
      `with moved as (delete from event_log_rest where recorded_at >= '${from}' and recorded_at < '${to}' returning *)
       insert into ${name} select * from moved`,
    );
    await client.query(`alter table event_log attach partition ${name} for values from ('${from}') to ('${to}')`);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}
