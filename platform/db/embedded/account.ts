// Under which identity the server runs. PostgreSQL refuses root, so root steps down: to `nobody` where that user can reach
// the programs and the data, else (a 0700 home) into a user namespace in which root is nobody. Never widens a permission.
import { execFile } from 'node:child_process';
import { lchown, readdir, readFile, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Fault } from '../../errors/fault.ts';

const run = promisify(execFile);

export interface Account {
  readonly kind: 'self' | 'dropped' | 'namespace';
  /** Who owns the files of the server, and the uid and gid it is spawned with; undefined when not root. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** Put before the program's own command line. */
  readonly prefix: readonly string[];
}

const NAMESPACE = ['unshare', '--user', '--'] as const;
const SEARCH = 0o1;
const READ = 0o4;

/** @param folder the directory the server must be able to enter, @param reach files it must be able to read, @param cluster its data. */
export async function chooseAccount(folder: string, reach: readonly string[], cluster: string): Promise<Account> {
  if (process.getuid?.() !== 0) {
    // initdb asks for the name of its user; a container's made-up uid has none, `nobody` of a namespace does.
    if (hasName() || !(await namespacesWork())) return { kind: 'self', owner: undefined, prefix: [] };
    return { kind: 'self', owner: undefined, prefix: NAMESPACE };
  }
  // A cluster that another user made stays theirs: one start as root must not lock them out.
  const owner = (await ownerOf(cluster)) ?? (await lookUpNobody());
  if (owner !== undefined && (await canReach(owner, folder, reach))) return { kind: 'dropped', owner, prefix: [] };
  if (await namespacesWork()) return { kind: 'namespace', owner: { uid: 0, gid: 0 }, prefix: NAMESPACE };
  throw new Fault(
    'DATABASE_START_FAILED',
    'PostgreSQL does not run as root, and no other user can enter ' +
      `${(await canReach(owner, folder, [])) ? 'this checkout' : `DATA_DIR=${folder}`}, probably because it lies in a private home. ` +
      'Start as another user, set DATA_DIR to (and keep the checkout at) a place others may enter, such as /var/lib/tillgraph, ' +
      'or set DATABASE_URL.',
  );
}

/** Gives the tree to the account's owner, without following links. Does nothing where it already is theirs. */
export async function giveTo(account: Account, path: string): Promise<void> {
  if (account.owner === undefined) return;
  const { uid, gid } = account.owner;
  if ((await stat(path)).uid === uid) return;
  // The root comes last: a hand-over that was killed half way starts over.
  for (const entry of await readdir(path, { recursive: true })) {
    await lchown(join(path, entry), uid, gid).catch((error: NodeJS.ErrnoException) => {
      // Tickets of others come and go meanwhile.
      if (error.code !== 'ENOENT') throw error;
    });
  }
  await lchown(path, uid, gid);
}

function hasName(): boolean {
  try {
    return userInfo().username !== '';
  } catch {
    return false;
  }
}

async function namespacesWork(): Promise<boolean> {
  return run('unshare', ['--user', 'true']).then(
    () => true,
    () => false,
  );
}

type Owner = { readonly uid: number; readonly gid: number };

async function ownerOf(cluster: string): Promise<Owner | undefined> {
  const found = await stat(cluster).catch(() => undefined);
  return found === undefined || found.uid === 0 ? undefined : { uid: found.uid, gid: found.gid };
}

async function lookUpNobody(): Promise<Owner | undefined> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const [, uid, gid] = /^nobody:[^:]*:(-?\d+):(-?\d+):/m.exec(passwd) ?? [];
  // macOS writes -2.
  return uid === undefined ? undefined : { uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 };
}

async function canReach(owner: Owner | undefined, folder: string, files: readonly string[]): Promise<boolean> {
  if (owner === undefined) return false;
  const directories = new Set<string>();
  for (const path of [join(folder, '.'), ...files.map((file) => dirname(file))]) {
    for (let at = path; !directories.has(at); at = dirname(at)) directories.add(at);
  }
  for (const directory of directories) if (!(await allows(owner, directory, SEARCH))) return false;
  for (const file of files) if (!(await allows(owner, file, READ))) return false;
  return true;
}

async function allows(owner: Owner, path: string, bit: number): Promise<boolean> {
  const { uid, gid, mode } = await stat(path);
  if (uid === owner.uid) return (mode & (bit << 6)) !== 0;
  return (mode & (gid === owner.gid ? bit << 3 : bit)) !== 0;
}
