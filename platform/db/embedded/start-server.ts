// Starts the server of a cluster and waits until it takes connections, or says in one sentence why it does not.
import { type ChildProcess, spawn } from 'node:child_process';
import { open, readdir, readFile, rename, stat } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { Fault } from '../../errors/fault.ts';
import { monotonicMs, sleep } from '../../kernel/clock.ts';
import type { DataDirectory } from './data-directory.ts';
import type { Programs } from './initdb.ts';
import { awaitEnd, findPostmaster, POLL_MS, type Postmaster, removeStaleLocks } from './postmaster.ts';

/** Recovery after a crash reads the log since the last checkpoint: minutes on a slow disk. */
const READY_MS = 300_000;
/** Backends of a killed postmaster notice its death and leave; so does a server that is stopping. */
const LEFTOVERS_MS = 20_000;
const LOG_KEPT_BYTES = 10_000_000;
/** sun_path, less its closing zero. */
const SOCKET_PATH_MOST = process.platform === 'darwin' ? 103 : 107;
const PRIVATE_PORT = 5432;

const SETTINGS = {
  shared_buffers: '128MB',
  max_connections: '200',
  fsync: 'on',
  synchronous_commit: 'on',
  password_encryption: 'scram-sha-256',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // Compiling a plan costs more than any of our short statements.
  jit: 'off',
};

export interface StartRequest {
  readonly directory: DataDirectory;
  readonly programs: Programs;
  readonly port: number | undefined;
  readonly log: (message: string) => void;
}

/** Gives the running server of the cluster, started now or found. Call it within a turn. */
export async function startServer(request: StartRequest): Promise<{ server: Postmaster; started: boolean }> {
  const deadline = monotonicMs() + LEFTOVERS_MS;
  for (;;) {
    const found = await findPostmaster(request.directory);
    if (found?.status === 'stopping') {
      if (!(await awaitEnd(found, LEFTOVERS_MS)))
        throw startFailed(request, `its former server (pid ${found.pid}) does not end`);
    } else if (found) return { server: await awaitReady(request, found.pid), started: false };
    const outcome = await tryStart(request);
    if (typeof outcome !== 'string') return { server: outcome, started: true };
    if (!passes(outcome, request.port) || monotonicMs() > deadline) throw startFailed(request, outcome);
    await sleep(100);
  }
}

/** The failures that go away: another server won or is leaving, or the free port was taken a moment before us. */
function passes(failure: string, port: number | undefined): boolean {
  if (/lock file ".*" (already exists|is empty)|pre-existing shared memory block/.test(failure)) return true;
  return port === undefined && /could not bind|Address already in use/.test(failure);
}

async function tryStart(request: StartRequest): Promise<Postmaster | string> {
  const { directory, programs } = request;
  if (await answersUnseen(directory)) {
    throw startFailed(request, 'a server that this process cannot see, probably of another container, uses the folder');
  }
  await removeStaleLocks(directory);
  if (request.port !== undefined && !(await isFree(request.port))) throw portTaken(request.port);
  const listen = await listenOptions(directory, request.port);
  const { account, binaries, environment } = programs;
  const options = Object.entries({ ...SETTINGS, ...listen }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const [program = binaries.postgres, ...args] = [
    ...account.prefix,
    binaries.postgres,
    '-D',
    directory.cluster,
    ...options,
  ];
  const { file, size } = await openLog(directory.log, account.owner);
  try {
    // Its own session: Ctrl-C in the terminal must reach us, not the server under open transactions.
    const stdio: ['ignore', number, number] = ['ignore', file.fd, file.fd];
    const child = spawn(program, args, { detached: true, stdio, cwd: '/', env: environment, ...account.owner });
    child.unref();
    return await ready(request, child, size);
  } finally {
    await file.close();
  }
}

async function ready(request: StartRequest, child: ChildProcess, logSize: number): Promise<Postmaster | string> {
  let failure: string | undefined;
  child.once('error', (error) => {
    failure = `${error.message} (a system without glibc, such as Alpine, cannot run it)`;
  });
  child.once('exit', () => {
    failure ??= '';
  });
  for (let waited = 0; failure === undefined; waited += POLL_MS) {
    const server = await findPostmaster(request.directory);
    if (server?.pid === child.pid && server?.status === 'ready') return server;
    if (waited > READY_MS) return 'it is not ready after 5 minutes';
    await sleep(POLL_MS);
  }
  return failure || (await readFile(request.directory.log)).subarray(logSize).toString();
}

async function awaitReady(request: StartRequest, pid: number): Promise<Postmaster> {
  for (let waited = 0; waited <= READY_MS; waited += POLL_MS) {
    const server = await findPostmaster(request.directory);
    if (server === undefined || server.pid !== pid) return (await startServer(request)).server;
    if (server.status === 'ready') return server;
    if (waited === 2_000) request.log('waiting for PostgreSQL to finish its recovery');
    await sleep(POLL_MS);
  }
  throw startFailed(request, 'it is not ready after 5 minutes');
}

async function listenOptions(directory: DataDirectory, port: number | undefined): Promise<Record<string, string>> {
  const socket = Buffer.byteLength(`${directory.run}/.s.PGSQL.65535`) <= SOCKET_PATH_MOST;
  return {
    unix_socket_directories: socket ? `"${directory.run.replaceAll('"', '""')}"` : '',
    unix_socket_permissions: '0700',
    listen_addresses: port === undefined && socket ? '' : '127.0.0.1',
    port: String(port ?? (socket ? PRIVATE_PORT : await freePort())),
  };
}

async function openLog(path: string, owner: Programs['account']['owner']) {
  const before = await stat(path).catch(() => undefined);
  if (before && before.size > LOG_KEPT_BYTES) await rename(path, `${path}.1`);
  const file = await open(path, 'a', 0o600);
  if (owner) await file.chown(owner.uid, owner.gid);
  return { file, size: (await file.stat()).size };
}

// Pids of another container mean nothing here, and a second server would ruin the data; a socket answers across containers.
async function answersUnseen(directory: DataDirectory): Promise<boolean> {
  for (const name of await readdir(directory.run)) {
    if (/^\.s\.PGSQL\.\d+$/.test(name) && (await answers(join(directory.run, name)))) {
      return (await findPostmaster(directory)) === undefined;
    }
  }
  return false;
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function portTaken(port: number): Fault {
  return new Fault(
    'DATABASE_PORT_TAKEN',
    `Port ${port} of 127.0.0.1, asked for by the embedded PostgreSQL, cannot be listened on: another program has it, or ` +
      'it needs more rights. Stop that program, choose another port, or give none: then a private socket or a free port is used.',
  );
}

function startFailed(request: StartRequest, failure: string): Fault {
  if (request.port !== undefined && /could not bind|Address already in use/.test(failure))
    return portTaken(request.port);
  const lines = failure.split('\n').filter((line) => /FATAL|PANIC|HINT/.test(line));
  const reason = (lines.length > 0 ? lines.join(' ') : failure).trim().slice(0, 600) || 'it ended without a word';
  return new Fault(
    'DATABASE_START_FAILED',
    `PostgreSQL does not start in DATA_DIR=${request.directory.root}: ${reason}. ` +
      `Its log is ${request.directory.log}. Mend that, set DATA_DIR to another folder, or set DATABASE_URL.`,
  );
}
