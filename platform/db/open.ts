// Where each schema's database is: a URL of its own, DATABASE_URL, or the embedded PostgreSQL, started only if a schema needs it.
import pg from 'pg';
import { startEmbeddedPostgres } from './embedded/supervisor.ts';

export interface DatabaseSettings {
  readonly dataDir: string;
  readonly DATABASE_URL: string | undefined;
  /** Schemas that have a server of their own. */
  readonly own: Readonly<Record<string, string | undefined>>;
}

export interface OpenDatabases {
  /** URL of the database a schema lives in. */
  urlOf(schema: string): string;
  /** The embedded server's data folder, or where else the data is: for the line a person reads at start. */
  readonly where: string;
  stop(): Promise<void>;
}

const DATABASE = 'tillgraph';
const DUPLICATE_DATABASE = '42P04';

export async function openDatabases(
  settings: DatabaseSettings,
  schemas: readonly string[],
  log: (message: string) => void,
): Promise<OpenDatabases> {
  const given = (schema: string) => settings.own[schema] ?? settings.DATABASE_URL;
  if (schemas.every((schema) => given(schema) !== undefined)) {
    return { urlOf: (schema) => given(schema) ?? '', where: 'the PostgreSQL you named', stop: () => Promise.resolve() };
  }
  const server = await startEmbeddedPostgres({ dataDir: settings.dataDir, log });
  await createDatabase(server.url('postgres'));
  const embedded = server.url(DATABASE);
  return {
    urlOf: (schema) => given(schema) ?? embedded,
    where: `embedded PostgreSQL in ${settings.dataDir}`,
    stop: () => server.stop(),
  };
}

async function createDatabase(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(`create database ${DATABASE}`);
  } catch (error) {
    // Made before, perhaps by a process starting beside this one.
    if (!(error instanceof pg.DatabaseError) || (error.code !== DUPLICATE_DATABASE && error.code !== '23505'))
      throw error;
  } finally {
    await client.end();
  }
}
