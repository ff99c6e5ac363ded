// The places the embedded database takes within DATA_DIR, and the proof that they can be written. Knows no process.
import { access, constants, mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../errors/fault.ts';
import { makeFolder } from '../../kernel/folder.ts';

export interface DataDirectory {
  /** DATA_DIR itself, links resolved: two spellings of one directory must meet in the same locks. */
  readonly root: string;
  /** PGDATA. Everything that must survive is in here, the password too. */
  readonly cluster: string;
  readonly password: string;
  /** Sockets, log and locks; may be deleted while nothing runs. Entered by the server's user only. */
  readonly run: string;
  readonly members: string;
  readonly turns: string;
  readonly libraries: string;
  readonly log: string;
}

/** Makes the directories; throws DATABASE_DIRECTORY_UNWRITABLE where that is not possible. */
export async function prepareDataDirectory(dataDir: string): Promise<DataDirectory> {
  try {
    makeFolder(dataDir);
    const layout = layoutOf(await realpath(dataDir));
    await mkdir(layout.run, { recursive: true, mode: 0o700 });
    for (const path of [layout.members, layout.turns]) await mkdir(path, { recursive: true, mode: 0o700 });
    await access(layout.turns, constants.R_OK | constants.W_OK | constants.X_OK);
    return layout;
  } catch (cause) {
    throw unwritable(dataDir, cause);
  }
}

export function unwritable(dataDir: string, cause: unknown): Fault {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Fault(
    'DATABASE_DIRECTORY_UNWRITABLE',
    `DATA_DIR=${dataDir} cannot be used by ${whoAmI()}: ${reason}. ` +
      'Give the folder to this user, start as the user that made it, or set DATA_DIR to a folder that can be written.',
    { cause },
  );
}

/** Turns what the file system refused into DATABASE_DIRECTORY_UNWRITABLE; anything else stays as it is. */
export function directoryFault(dataDir: string, cause: unknown): unknown {
  const { code = '', syscall = '' } = cause as NodeJS.ErrnoException;
  const ofFiles = !syscall.startsWith('spawn');
  return ofFiles && ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'EIO'].includes(code)
    ? unwritable(dataDir, cause)
    : cause;
}

function whoAmI(): string {
  const uid = process.getuid?.();
  return uid === undefined ? 'this user' : `user ${uid}`;
}

function layoutOf(root: string): DataDirectory {
  const cluster = join(root, 'postgres');
  const run = join(root, 'postgres.run');
  return {
    root,
    cluster,
    password: join(cluster, 'tillgraph.password'),
    run,
    members: join(run, 'members'),
    turns: join(run, 'turns'),
    libraries: join(run, 'lib'),
    log: join(run, 'postgres.log'),
  };
}
