// One line on what a benchmark ran on, for whoever reads its figures later.
import { cpus, totalmem } from 'node:os';
import pg from 'pg';
import type { World } from './world.ts';

export async function describeMachine(world: World): Promise<string> {
  const client = new pg.Client({ connectionString: world.database });
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('show server_version');
  await client.end();
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${cpu?.model ?? 'unknown processor'}, ${memory} GiB, node ${process.versions.node}, PostgreSQL ${rows[0]?.server_version}`;
}
