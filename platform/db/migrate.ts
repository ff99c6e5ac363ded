// Brings a schema forward, one file at a time, under a lock that makes concurrent starts wait. Refuses a schema that a newer
// version migrated and a migration edited after it ran. There is no way back.
import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import { Fault } from '../errors/fault.ts';
import { sha256Hex } from '../kernel/canonical.ts';
import { toFault } from './failures.ts';

export interface Migration {
  readonly name: string;
  readonly sql: string;
}

export interface MigrateOptions {
  readonly url: string;
  readonly schema: string;
  readonly migrations: readonly Migration[];
  readonly now: Date;
}

/** The .sql files of a folder in order of their names; `prefix` tells whose they are. */
export function readMigrations(folder: URL, prefix: string): Migration[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => ({ name: `${prefix}/${file}`, sql: readFileSync(new URL(file, folder), 'utf8') }));
}

/** Applies what is missing; answers the names applied. */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const client = new pg.Client({ connectionString: options.url, options: `-c search_path=${options.schema}` });
  try {
    await client.connect();
    await client.query('select pg_advisory_lock(hashtext($1))', [`migrate ${options.schema}`]);
    await client.query(`create schema if not exists ${pg.escapeIdentifier(options.schema)}`);
    await client.query(
      'create table if not exists schema_migration (name text primary key, sha256 text not null, applied_at timestamptz not null)',
    );
    return await applyMissing(client, options);
  } catch (error) {
    throw toFault(error);
  } finally {
    // Ends the session and with it the lock.
    await client.end();
  }
}

async function applyMissing(client: pg.Client, options: MigrateOptions): Promise<string[]> {
  const { rows } = await client.query<{ name: string; sha256: string }>('select name, sha256 from schema_migration');
  const applied = new Map(rows.map((row) => [row.name, row.sha256]));
  refuseNewer(applied, options);
  const fresh: string[] = [];
  for (const { name, sql } of options.migrations) {
    const sha256 = sha256Hex(sql);
    const earlier = applied.get(name);
    if (earlier === sha256) continue;
    if (earlier !== undefined) {
      throw new Fault('DATABASE_MIGRATION_CHANGED', `Migration ${name} was edited after it ran; add a new one instead`);
    }
    await client.query('begin');
    try {
      await client.query(sql);
      await client.query('insert into schema_migration values ($1, $2, $3)', [name, sha256, options.now]);
      await client.query('commit');
    } catch (error) {
      await client.query('rollback');
      throw new Error(`Migration ${name} of schema ${options.schema} failed: ${(error as Error).message}`, {
        cause: error,
      });
    }
    fresh.push(name);
  }
  return fresh;
}

function refuseNewer(applied: ReadonlyMap<string, string>, options: MigrateOptions): void {
  const known = new Set(options.migrations.map((migration) => migration.name));
  const unknown = [...applied.keys()].filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new Fault(
      'DATABASE_SCHEMA_NEWER',
      `Schema ${options.schema} has migrations this version does not know (${unknown.join(', ')}); start the newer version`,
    );
  }
}
