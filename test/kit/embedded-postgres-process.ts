// Runs embedded-postgres-child.ts as a process of its own, as this user or as one that is not root.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

export const checkout = join(import.meta.dirname, '../..');

export interface ChildOptions {
  readonly port?: number;
  /** Run as a user other than root, also when the tests run as root. */
  readonly withoutRoot?: boolean;
  /** Whose code runs: a copy of the checkout, or this one. */
  readonly checkout?: string;
}

export interface Outcome {
  readonly role?: 'owner' | 'client';
  readonly url: string;
  readonly uid?: number;
  readonly code?: string;
  readonly failure?: string;
}

export class DatabaseUser {
  readonly child: ChildProcess;
  /** What the supervisor logged so far. */
  readonly messages: string[] = [];
  /** The line that says how the start ended. */
  readonly outcome: Promise<Outcome>;
  readonly #exited: Promise<unknown>;

  constructor(child: ChildProcess) {
    this.child = child;
    this.#exited = once(child, 'exit');
    this.outcome = this.#readOutcome();
  }

  /** Resolves at the first log message that matches. */
  async logged(pattern: RegExp): Promise<void> {
    while (!this.messages.some((message) => pattern.test(message)))
      await new Promise((resolve) => setTimeout(resolve, 2));
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#exited;
  }

  /** Lets it stop in order; resolves when it has ended. */
  async leave(): Promise<void> {
    this.child.stdin?.end();
    await this.#exited;
  }

  #readOutcome(): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const { stdout } = this.child;
      if (stdout === null) return reject(new Error('the child has no standard output'));
      this.child.once('error', reject);
      this.child.once('exit', (code) => reject(new Error(`the child ended with ${code} before it told its outcome`)));
      createInterface(stdout).on('line', (text) => {
        const line = JSON.parse(text) as Outcome & { message?: string };
        if (line.message === undefined) resolve(line);
        else this.messages.push(line.message);
      });
    });
  }
}

export async function useDatabase(dataDir: string, options: ChildOptions = {}): Promise<DatabaseUser> {
  const script = join(options.checkout ?? checkout, 'test/kit/embedded-postgres-child.ts');
  const identity = options.withoutRoot ? await otherThanRoot(script) : { prefix: [] };
  const port = options.port === undefined ? [] : [String(options.port)];
  const [program = process.execPath, ...args] = [...identity.prefix, process.execPath, script, dataDir, ...port];
  const child = spawn(program, args, {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['pipe', 'pipe', 'inherit'],
    ...('uid' in identity ? { uid: identity.uid, gid: identity.uid } : {}),
  });
  const user = new DatabaseUser(child);
  // Who kills it before it told anything does not ask for the outcome.
  user.outcome.catch(() => {});
  return user;
}

export const NOBODY = 65_534;

async function otherThanRoot(script: string): Promise<{ prefix: string[]; uid?: number }> {
  if (process.getuid?.() !== 0) return { prefix: [] };
  if ((await othersMayEnter(dirname(script))) && (await othersMayEnter(dirname(process.execPath)))) {
    return { prefix: [], uid: NOBODY };
  }
  // A checkout in a private home: within a namespace root is nobody, and has root's files but none of its powers.
  return { prefix: ['unshare', '--user', '--'] };
}

async function othersMayEnter(directory: string): Promise<boolean> {
  for (let at = directory; ; at = dirname(at)) {
    if (((await stat(at)).mode & 0o5) !== 0o5) return false;
    if (at === dirname(at)) return true;
  }
}
