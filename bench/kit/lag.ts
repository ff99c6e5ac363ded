// How far the consumers are behind: events without a position yet, and positions a consumer has not passed.
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const SCHEMAS = ['product', 'inventory', 'customer', 'orders', 'loyalty'];

const unnumbered = SCHEMAS.map((schema) => `select count(*) as events from ${schema}.event_log where position is null`);
const heads = SCHEMAS.map((schema) => `select log_id, last_position from ${schema}.event_log_state`);
const checkpoints = SCHEMAS.map((schema) => `select log_id, position from ${schema}.consumer_checkpoint`);
const BEHIND = `with head as (${heads.join(' union all ')}), checkpoint as (${checkpoints.join(' union all ')})
  select sum(events)::int as events from (
    ${unnumbered.join(' union all ')}
    union all select coalesce(sum(head.last_position - checkpoint.position), 0) from checkpoint join head using (log_id)
  ) behind`;

export interface LagWatch {
  /** Events not yet handled, over all consumers. Not for asking under load: it costs what a hundred sales cost. */
  now(): Promise<number>;
  /** Waits until nothing is left. Throws after a minute. */
  drained(): Promise<void>;
  close(): Promise<void>;
}

export async function watchLag(database: string): Promise<LagWatch> {
  const client = new pg.Client({ connectionString: database });
  // When a benchmark fails, its server goes before this connection does.
  client.on('error', () => undefined);
  await client.connect();
  const now = async () => {
    const { rows } = await client.query<{ events: number }>({ name: 'behind', text: BEHIND });
    return rows[0]?.events ?? 0;
  };
  return {
    now,
    async drained() {
      const begun = performance.now();
      // Twice in a row: what one consumer wrote may be another one's work.
      for (let quiet = 0; quiet < 2; quiet = (await now()) === 0 ? quiet + 1 : 0) {
        if (performance.now() - begun > 60_000) throw new Error('the consumers are still behind after a minute');
        await sleep(10);
      }
    },
    close: () => client.end(),
  };
}
