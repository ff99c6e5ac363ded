// A real Redis for tests: the server of REDIS_URL, or `redis-server` on a free port. Where it is not installed and this is root on
// a Debian, it is installed; anywhere else the test fails saying what to install.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, rmdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';

export interface TestRedis {
  readonly url: string;
  /** Goes away, as it does when its machine dies; only a server of our own can. */
  kill(): Promise<void>;
  /** Comes back, empty, at the same address. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const run = promisify(execFile);
const INSTALLING = join(tmpdir(), 'tillgraph-installs-redis');
const INSTALL_MS = 120_000;

async function isInstalled(): Promise<boolean> {
  return run('redis-server', ['--version']).then(
    () => true,
    () => false,
  );
}

/** One at a time: several test files may want it at once, and apt refuses a second one. */
async function install(): Promise<void> {
  const mayInstall = process.getuid?.() === 0 && (await run('apt-get', ['--version']).then(Boolean, () => false));
  if (!mayInstall) throw new Error('this test needs Redis: install redis-server, or set REDIS_URL to a running one');
  const deadline = Date.now() + INSTALL_MS;
  while (
    !(await mkdir(INSTALLING).then(
      () => true,
      () => false,
    ))
  ) {
    if (Date.now() > deadline) throw new Error(`${INSTALLING} is there for two minutes: remove it`);
    await sleep(200);
  }
  try {
    if (await isInstalled()) return;
    await run('apt-get', ['update'], { timeout: INSTALL_MS });
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await run('apt-get', ['install', '-y', '--no-install-recommends', 'redis-server'], { timeout: INSTALL_MS, env });
  } finally {
    await rmdir(INSTALLING);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

async function answers(url: string): Promise<void> {
  const client = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  try {
    await client.connect().catch(() => undefined);
    await client.ping();
  } finally {
    client.disconnect();
  }
}

/** `own`: never the server of REDIS_URL, because this test kills it. */
export async function startRedis({ own = false } = {}): Promise<TestRedis> {
  const given = own ? undefined : process.env.REDIS_URL;
  if (given) {
    const notOurs = () => Promise.reject(new Error('the server of REDIS_URL is not ours to kill; ask for an own one'));
    return { url: given, kill: notOurs, restart: notOurs, stop: () => Promise.resolve() };
  }
  if (!(await isInstalled())) await install();
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const folder = await mkdtemp(join(tmpdir(), 'tillgraph-redis-'));
  const options = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  let server: ChildProcess | undefined;
  const start = async () => {
    server = spawn('redis-server', options, { stdio: 'ignore' });
    await answers(url);
  };
  const kill = async () => {
    if (!server || server.exitCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
    server = undefined;
  };
  await start();
  return {
    url,
    kill,
    restart: start,
    async stop() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
