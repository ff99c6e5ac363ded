// One server process on one cluster: what postmaster.pid says about it, and how it is stopped. Starts nothing.
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { monotonicMs, sleep, systemClock } from '../../kernel/clock.ts';
import type { DataDirectory } from './data-directory.ts';
import { processFacts } from './process-identity.ts';

export const POLL_MS = 5;
const FAST_STOP_MS = 15_000;
const IMMEDIATE_STOP_MS = 5_000;
const HALF_WRITTEN_MS = 2_000;

export interface Postmaster {
  readonly pid: number;
  readonly startToken: string;
  readonly port: number;
  /** Empty when it listens on no unix socket. */
  readonly socketDirectory: string;
  /** Empty when it listens on no address. */
  readonly address: string;
  readonly status: 'starting' | 'ready' | 'stopping';
}

/** The living server of the cluster, whoever started it; undefined when there is none. */
export async function findPostmaster(directory: DataDirectory): Promise<Postmaster | undefined> {
  const text = await readFile(join(directory.cluster, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n').map((line) => line.trim());
  const pid = Number(lines[0]);
  const startToken = await serverStartToken(directory, pid);
  if (startToken === undefined) return undefined;
  const status = lines[7] === 'ready' || lines[7] === 'stopping' ? lines[7] : 'starting';
  return { pid, startToken, port: Number(lines[3]), socketDirectory: lines[4] ?? '', address: lines[5] ?? '', status };
}

async function serverStartToken(directory: DataDirectory, pid: number): Promise<string | undefined> {
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  const facts = await processFacts(pid);
  return facts?.commandLine.includes(`-D ${directory.cluster} `) ? facts.startToken : undefined;
}

/**
 * Removes lock files that PostgreSQL itself would take for a living server: their pid now belongs to another program or to
 * a zombie, or they were cut off by a crash. All others it judges better than we do (it also looks at shared memory).
 */
export async function removeStaleLocks(directory: DataDirectory): Promise<void> {
  const sockets = (await readdir(directory.run)).filter((name) => /^\.s\.PGSQL\.\d+\.lock$/.test(name));
  for (const path of [join(directory.cluster, 'postmaster.pid'), ...sockets.map((name) => join(directory.run, name))]) {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const pid = Number.parseInt(text, 10);
    if (Number.isNaN(pid)) {
      if (systemClock.now().getTime() - (await stat(path)).mtimeMs > HALF_WRITTEN_MS) await rm(path, { force: true });
    } else if ((await serverStartToken(directory, pid)) === undefined && takesSignals(pid)) {
      await rm(path, { force: true });
    }
  }
}

function takesSignals(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Ends the server: open transactions are rolled back, a checkpoint is written. One that hangs is cut off (it recovers). */
export async function stopPostmaster(server: Postmaster, log: (message: string) => void): Promise<void> {
  if (await endsWithin(server, 'SIGINT', FAST_STOP_MS)) return;
  log(
    `PostgreSQL (pid ${server.pid}) did not stop within ${FAST_STOP_MS / 1000} s and is cut off; it recovers at the next start`,
  );
  if (await endsWithin(server, 'SIGQUIT', IMMEDIATE_STOP_MS)) return;
  log(`PostgreSQL (pid ${server.pid}) does not end; it is left running`);
}

/** Waits until the server has gone, without asking it to. */
export async function awaitEnd(server: Postmaster, within: number): Promise<boolean> {
  const since = monotonicMs();
  while ((await processFacts(server.pid))?.startToken === server.startToken) {
    if (monotonicMs() - since > within) return false;
    await sleep(POLL_MS);
  }
  return true;
}

async function endsWithin(server: Postmaster, signal: NodeJS.Signals, within: number): Promise<boolean> {
  if (await awaitEnd(server, 0)) return true;
  try {
    process.kill(server.pid, signal);
  } catch {
    // It ended on its own a moment ago.
  }
  return awaitEnd(server, within);
}
