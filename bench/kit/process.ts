// Processes a benchmark starts: each says `ready <url>` on standard output, and is gone when the benchmark ends, however it ends.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { childEnvironment, type Environment } from '#platform/config/config.ts';

const root = join(import.meta.dirname, '../..');
const running = new Set<ChildProcess>();
// A signal that reaches only us must not leave servers behind.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export interface RunningProcess {
  readonly url: string;
  /** Takes the processor away from it: the side that is not measured costs nothing, not even a timer. */
  suspend(): void;
  resume(): Promise<void>;
}

const SETTLE_MS = 100;
const STOP_MS = 10_000;

async function stop(child: ChildProcess): Promise<void> {
  if (!running.has(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGCONT');
  child.kill('SIGTERM');
  const forced = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(forced);
}

/** Stops every process started here; one that does not end within ten seconds is killed. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map(stop));
}

/** Runs one of our files under this node and waits for its ready line. Throws when it ends before that. */
export async function start(file: string, environment: Environment): Promise<RunningProcess> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, file)], {
    env: childEnvironment(environment),
    stdio: ['ignore', 'pipe', 'inherit'],
    // Ctrl+C reaches the benchmark alone, which then ends its processes in order.
    detached: true,
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('ready ')) resolve(line.slice('ready '.length));
    });
    child.once('exit', () => reject(new Error(`${file} ended before it was ready`)));
  });
  return {
    url,
    suspend: () => void child.kill('SIGSTOP'),
    async resume() {
      child.kill('SIGCONT');
      // Timers that fell due meanwhile all fire now.
      await sleep(SETTLE_MS);
    },
  };
}
