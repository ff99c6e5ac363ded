// Makes the database cluster of a data directory, once and whole: it is built aside and renamed into place. Call within a turn.
import { execFile } from 'node:child_process';
import { chown, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Fault } from '../../errors/fault.ts';
import { randomHex } from '../../kernel/ids.ts';
import { type Account, giveTo } from './account.ts';
import type { Binaries } from './binaries.ts';
import { type DataDirectory, unwritable } from './data-directory.ts';

const run = promisify(execFile);

/** The superuser of the cluster, and the only role. */
export const SUPERUSER = 'tillgraph';
const STAGING = 'postgres.new-';
const PASSWORD_STAGING = 'password.new-';

export interface Programs {
  readonly binaries: Binaries;
  readonly account: Account;
  readonly environment: Record<string, string>;
}

/** Says whether a cluster had to be made. An existing one is checked for its version and handed to the server's user. */
export async function ensureCluster(directory: DataDirectory, programs: Programs): Promise<boolean> {
  const version = await readVersion(directory);
  if (version === undefined) {
    await sweepStaging(directory);
    await createCluster(directory, programs);
    return true;
  }
  const { major } = programs.binaries;
  if (version !== major) {
    throw new Fault(
      'DATABASE_START_FAILED',
      `DATA_DIR=${directory.root} holds data of PostgreSQL ${version}, this release brings ${major}. ` +
        `Carry it over with pg_dump and pg_restore, or set DATA_DIR to another folder.`,
    );
  }
  await giveTo(programs.account, directory.cluster);
  return false;
}

async function readVersion(directory: DataDirectory): Promise<string | undefined> {
  try {
    return (await readFile(join(directory.cluster, 'PG_VERSION'), 'utf8')).trim();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unwritable(directory.root, cause);
  }
}

// An initdb whose parent was killed may still be writing into its staging directory: never reuse a name.
async function sweepStaging(directory: DataDirectory): Promise<void> {
  for (const [parent, prefix] of [
    [directory.root, STAGING],
    [directory.run, PASSWORD_STAGING],
  ] as const) {
    const names = (await readdir(parent)).filter((name) => name.startsWith(prefix));
    for (const name of names) await discard(join(parent, name));
  }
}

async function createCluster(directory: DataDirectory, programs: Programs): Promise<void> {
  const { account, binaries, environment } = programs;
  const staging = join(directory.root, STAGING + randomHex(4));
  const passwordFile = join(directory.run, PASSWORD_STAGING + randomHex(4));
  try {
    await mkdir(staging, { mode: 0o700 });
    await giveTo(account, staging);
    await writeDurably(passwordFile, randomHex(24));
    if (account.owner) await chown(passwordFile, account.owner.uid, account.owner.gid);
    const [program = binaries.initdb, ...args] = [
      ...account.prefix,
      binaries.initdb,
      ...options(staging, passwordFile),
    ];
    await run(program, args, { cwd: '/', env: environment, ...account.owner });
    await rename(passwordFile, join(staging, 'tillgraph.password'));
    await rename(staging, directory.cluster);
    await syncDirectory(directory.root);
  } catch (cause) {
    await discard(staging);
    await discard(passwordFile);
    throw new Fault(
      'DATABASE_START_FAILED',
      `The database could not be made in DATA_DIR=${directory.root}: ${explain(cause)}. ` +
        'Mend that, set DATA_DIR to another folder, or set DATABASE_URL.',
      { cause },
    );
  }
}

function options(staging: string, passwordFile: string): string[] {
  return [
    `--pgdata=${staging}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-data-checksums',
    '--no-instructions',
  ];
}

async function discard(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 5 }).catch(() => {});
}

function explain(cause: unknown): string {
  const { stderr, message } = cause as { stderr?: string; message?: string };
  const lines = (stderr ?? '').split('\n').filter((line) => /error|fatal|could not/i.test(line));
  return lines.slice(0, 3).join(' ').trim() || (message ?? String(cause));
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  await file.writeFile(text);
  await file.sync();
  await file.close();
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  await directory.sync();
  await directory.close();
}
