// The embedded database of a data directory: the first process starts its server, later ones join it, the last one out stops
// it. A server outlives a killed process and is adopted by the next; one that dies is started again. Makes no database.
import { mkdir, readFile } from 'node:fs/promises';
import { monotonicMs } from '../../kernel/clock.ts';
import { chooseAccount, giveTo } from './account.ts';
import { linkLibraries, locateBinaries } from './binaries.ts';
import { type DataDirectory, directoryFault, prepareDataDirectory, unwritable } from './data-directory.ts';
import { ensureCluster, type Programs, SUPERUSER } from './initdb.ts';
import { keepRunning } from './keep-running.ts';
import { livingMembers, newMember, register, unregister, withTurn } from './owner-lock.ts';
import { findPostmaster, type Postmaster, stopPostmaster } from './postmaster.ts';
import { startServer } from './start-server.ts';

export interface EmbeddedPostgresOptions {
  /** DATA_DIR; made when it is not there. */
  readonly dataDir: string;
  /** A port on 127.0.0.1 to listen on as well. A server that already runs is joined whatever its port. */
  readonly port?: number;
  /** Runs at each step worth telling a person: made, started, joined, stopped. */
  readonly log?: (message: string) => void;
}

export interface EmbeddedPostgres {
  /** A libpq URL with the password; the database need not exist (`postgres` does). Valid until `stop`. */
  url(database: string): string;
  /** `owner` started or adopted the server, `client` found it in use by another process. Both may do the same. */
  readonly role: 'owner' | 'client';
  /** Leaves; the last one out ends the server and waits for it. May be called again. Never throws for a dead server. */
  stop(): Promise<void>;
}

/** Ready to connect when it resolves. Throws a Fault with a DATABASE_… code that names the setting and the fix. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const log = options.log ?? (() => {});
  const since = monotonicMs();
  const binaries = await locateBinaries();
  const directory = await prepareDataDirectory(options.dataDir);
  const member = await newMember();
  const waiting = (holder: string) =>
    log(`waiting for process ${holder.split('-')[0]}, which starts or stops the database`);

  return withTurn(
    directory.turns,
    async () => {
      const others = await livingMembers(directory.members);
      const running = (await findPostmaster(directory))?.status === 'ready';
      const programs = running ? undefined : await preparePrograms(directory, binaries);
      if (programs && (await ensureCluster(directory, programs))) log(`made a database in ${directory.cluster}`);
      const password = await readPassword(directory);
      const { server, started } = await runningServer(directory, programs, options.port, log);
      await register(directory.members, member);
      const role: EmbeddedPostgres['role'] = others.length > 0 && !started ? 'client' : 'owner';
      const how = started ? 'started' : role === 'client' ? 'joined' : 'adopted';
      log(`${how} PostgreSQL (pid ${server.pid}) in ${Math.round(monotonicMs() - since)} ms`);
      const port = options.port ?? (server.socketDirectory === '' ? server.port : undefined);
      const again = async () => (await runningServer(directory, undefined, port, log)).server;
      const letBe = keepRunning(server, () => withTurn(directory.turns, again, waiting), log);
      let stopped: Promise<void> | undefined;
      const stop = async () => {
        await letBe();
        await withTurn(directory.turns, () => leave(directory, member, server, log), waiting);
      };
      return { role, url: (database: string) => urlOf(server, password, database), stop: () => (stopped ??= stop()) };
    },
    waiting,
  ).catch((error: unknown) => {
    throw directoryFault(directory.root, error);
  });
}

async function preparePrograms(directory: DataDirectory, binaries: Programs['binaries']): Promise<Programs> {
  const links = await linkLibraries(binaries.root, directory.libraries);
  const account = await chooseAccount(directory.root, [binaries.postgres, binaries.bootstrapFile], directory.cluster);
  await giveTo(account, directory.run);
  // Nothing is inherited: a PGDATA or PGPORT of the caller would steer the server elsewhere.
  return { binaries, account, environment: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', ...links } };
}

async function runningServer(
  directory: DataDirectory,
  programs: Programs | undefined,
  port: number | undefined,
  log: (message: string) => void,
): Promise<{ server: Postmaster; started: boolean }> {
  if (programs) return startServer({ directory, programs, port, log });
  const server = await findPostmaster(directory);
  if (server) return { server, started: false };
  // It died between two looks: from the top, this time with the programs at hand.
  const prepared = await preparePrograms(directory, await locateBinaries());
  return startServer({ directory, programs: prepared, port, log });
}

async function leave(
  directory: DataDirectory,
  member: string,
  known: Postmaster,
  log: (message: string) => void,
): Promise<void> {
  await mkdir(directory.members, { recursive: true });
  await unregister(directory.members, member);
  const others = await livingMembers(directory.members);
  if (others.length > 0) return log(`left PostgreSQL running for ${others.length} other user(s)`);
  // `known` is for a data directory that was deleted under the running server.
  const server = (await findPostmaster(directory)) ?? known;
  await stopPostmaster(server, log);
  log(`stopped PostgreSQL (pid ${server.pid})`);
}

async function readPassword(directory: DataDirectory): Promise<string> {
  try {
    return (await readFile(directory.password, 'utf8')).trim();
  } catch (cause) {
    throw unwritable(directory.root, cause);
  }
}

// A host in the path part would be the plain libpq form, but `new URL` refuses it: the socket goes into the query.
function urlOf(server: Postmaster, password: string, database: string): string {
  const socket = server.socketDirectory === '' ? '' : `?host=${encodeURIComponent(server.socketDirectory)}`;
  const address = server.address === '' ? 'localhost' : server.address;
  return `postgresql://${SUPERUSER}:${password}@${address}:${server.port}/${encodeURIComponent(database)}${socket}`;
}
