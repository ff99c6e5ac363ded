// Numbers the committed events of one log: the next positions, in append order, in batches. One leader per log by advisory
// lock, numbering on the very connection that holds it, so a leader that lost its lock cannot number.
import { z } from 'zod';
import type { Database } from '../db/database.ts';
import type { Session } from '../db/session.ts';
import { command, statement } from '../db/statement.ts';
import { type Clock, monotonicMs } from '../kernel/clock.ts';
import { newId } from '../kernel/ids.ts';
import type { Logger } from '../telemetry/logger.ts';
import { Outage } from '../telemetry/outage.ts';
import { numberedChannel } from './event-log.ts';
import { Wakeable } from './wakeable.ts';

const BATCH = 5_000;
const POLL_MS = 200;
/** Between two numberings: an event alone is numbered at once, under load those of this time share one. */
const PAUSE_MS = 5;
const RETRY_MS = 500;
const PARTITIONS_EVERY_MS = 3_600_000;
const AGAIN_MS = 10_000;

// One statement, one snapshot: every event it sees committed gets a number above all given before. Readers are told at its
// commit.
const numberBatch = statement(
  'sequencer.number',
  `with state as (select last_position from event_log_state for update),
batch as (
  select append_id, recorded_at, row_number() over (order by append_id) as n
  from (select append_id, recorded_at from event_log where position is null order by append_id limit ${BATCH}) unnumbered
),
numbered as (
  update event_log e set position = state.last_position + batch.n from batch, state
  where e.append_id = batch.append_id and e.recorded_at = batch.recorded_at returning 1
)
update event_log_state set last_position = last_position + (select count(*) from numbered)
where exists (select 1 from batch) returning (select count(*)::int from numbered) as numbered, pg_notify($1, '')`,
  z.object({ numbered: z.number() }),
);
const tryLead = statement(
  'sequencer.tryLead',
  'select pg_try_advisory_lock(hashtext($1)) as leads',
  z.object({ leads: z.boolean() }),
);
const thisServer = `select system_identifier::text as system_identifier,
  (select timeline_id from pg_control_checkpoint()) as timeline from pg_control_system()`;
const createLog = command(
  'sequencer.createLog',
  `insert into event_log_state (log_id, epoch, system_identifier, timeline, last_position)
   select $1, 1, s.system_identifier, s.timeline, 0 from (${thisServer}) s on conflict do nothing`,
);
// A restored dump or a promoted replica may have lost a tail whose positions were read: they must not be given again.
const raiseEpoch = command(
  'sequencer.raiseEpoch',
  `update event_log_state l set epoch = l.epoch + 1, system_identifier = s.system_identifier, timeline = s.timeline
   from (${thisServer}) s where (l.system_identifier, l.timeline) <> (s.system_identifier, s.timeline)`,
);
const partitionExists = statement(
  'sequencer.partitionExists',
  'select to_regclass($1) is not null as there',
  z.object({ there: z.boolean() }),
);

export class Sequencer {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #wake = new Wakeable();
  readonly #stop = new Wakeable();
  #running: Promise<void> | undefined;
  #stopping = false;
  readonly #outage: Outage;

  constructor(db: Database, clock: Clock, logger: Logger) {
    this.#db = db;
    this.#clock = clock;
    this.#logger = logger;
    this.#outage = new Outage(logger, { schema: db.schema });
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
    this.#stop.wake();
    this.#wake.wake();
    await this.#running;
  }

  async #lead(): Promise<void> {
    while (!this.#stopping) {
      let session: Session | undefined;
      try {
        session = await this.#db.dedicated();
        if (await this.#becomeLeader(session)) await this.#number(session);
      } catch (error) {
        if (!this.#stopping) {
          this.#outage.failed(error, 'sequencer interrupted; retrying');
          await this.#stop.sleep(RETRY_MS);
        }
      } finally {
        await session?.close();
      }
    }
  }

  /** Waits, on one connection, until the leader is gone; false when stopped before. */
  async #becomeLeader(session: Session): Promise<boolean> {
    while (!this.#stopping) {
      const [row] = await session.all(tryLead, [`sequencer ${this.#db.schema}`]);
      if (row?.leads) return true;
      this.#outage.over();
      // Not cut short by a nudge: a busy follower would ask for the lock after each of its commits.
      await this.#stop.sleep(RETRY_MS);
    }
    return false;
  }

  async #number(session: Session): Promise<void> {
    await adoptLog(session);
    let partitionsDue = 0;
    while (!this.#stopping) {
      if (monotonicMs() >= partitionsDue) {
        partitionsDue = monotonicMs() + ((await this.#partition(session)) ? PARTITIONS_EVERY_MS : AGAIN_MS);
      }
      const [batch] = await session.all(numberBatch, [numberedChannel(this.#db.schema)]);
      this.#outage.over();
      const numbered = batch?.numbered ?? 0;
      if (numbered > 0) await this.#stop.sleep(PAUSE_MS);
      if (numbered < BATCH) await this.#wake.sleep(POLL_MS);
    }
  }

  /** False when a partition could not be had now: numbering goes on without it, from the default one. */
  async #partition(session: Session): Promise<boolean> {
    try {
      await ensurePartitions(session, this.#clock.now());
      return true;
    } catch (error) {
      this.#logger.warn({ schema: this.#db.schema, error }, 'no partition for the month yet; trying again');
      return false;
    }
  }
}

/** Creates the log's identity, and begins a new epoch when the server is another than the one that numbered last. */
async function adoptLog(session: Session): Promise<void> {
  await session.run(createLog, [newId()]);
  await session.run(raiseEpoch);
}

/** Partitions for this month and the next; what no partition takes goes to the default one. */
async function ensurePartitions(session: Session, now: Date): Promise<void> {
  const month = (offset: number) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset, 1)).toISOString();
  for (const offset of [0, 1]) {
    const name = `event_log_${month(offset).slice(0, 7).replace('-', '_')}`;
    const [row] = await session.all(partitionExists, [name]);
    if (!row?.there) await addPartition(session, name, month(offset), month(offset + 1));
  }
}

/**
 * Events appended before their month had a partition lie in the default one, and as long as they do the month can have none:
 * they move over with it. The whole log is locked for that moment: a row on its way into the default partition would be refused.
 */
async function addPartition(session: Session, name: string, from: string, to: string): Promise<void> {
  await session.script('begin');
  try {
    await session.script(`set local lock_timeout = '1s'`);
    await session.script('lock table event_log in access exclusive mode');
    await session.script(`create table ${name} (like event_log including all)`);
    await session.script(
      `with moved as (delete from event_log_rest where recorded_at >= '${from}' and recorded_at < '${to}' returning *)
       insert into ${name} select * from moved`,
    );
    await session.script(`alter table event_log attach partition ${name} for values from ('${from}') to ('${to}')`);
    await session.script('commit');
  } catch (error) {
    await session.script('rollback');
    throw error;
  }
}
