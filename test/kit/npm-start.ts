// The whole product as a user runs it: `npm start` in a process group of its own, on its own folder and port, until it is stopped.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from 'graphql-ws';
import WebSocket from 'ws';

const root = join(import.meta.dirname, '../..');

export interface Answer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

export class StartedGraph {
  readonly url: string;
  /** What it printed on standard output until it was ready. */
  readonly greeting: string;
  readonly dataDir: string;
  readonly #child: ChildProcess;
  readonly #clients: Client[] = [];

  constructor(child: ChildProcess, greeting: string, dataDir: string) {
    this.#child = child;
    this.greeting = greeting;
    this.dataDir = dataDir;
    this.url = /^ready (\S+)$/m.exec(greeting)?.[1] ?? '';
  }

  /** The token that the greeting prints for a role. */
  token(role: 'shopper' | 'store' | 'operator'): string {
    const token = new RegExp(`^ *${role.toUpperCase()}=(\\S+)$`, 'm').exec(this.greeting)?.[1];
    if (token === undefined) throw new Error(`the greeting shows no token for ${role}:\n${this.greeting}`);
    return token;
  }

  async ask(query: string, variables: Record<string, unknown> = {}, token?: string): Promise<Answer> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Answer;
  }

  /** A subscription over a WebSocket of its own. */
  subscribe(query: string, variables: Record<string, unknown> = {}, token?: string): AsyncIterableIterator<Answer> {
    const client = createClient({
      url: this.url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: token ? { authorization: `Bearer ${token}` } : {},
    });
    this.#clients.push(client);
    return client.iterate<Record<string, unknown>>({ query, variables }) as AsyncIterableIterator<Answer>;
  }

  /** Ends it as Ctrl+C does, and waits for all its processes. */
  async stop(): Promise<void> {
    for (const client of this.#clients) await client.dispose();
    await endGroup(this.#child, 'SIGINT');
  }

  /** Ends it as a power cut does. */
  async kill(): Promise<void> {
    await endGroup(this.#child, 'SIGKILL');
  }
}

/** Signals a process that leads its group, and waits until none of the group is left. */
export async function endGroup(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const group = -(child.pid ?? 0);
  const alive = (sent: NodeJS.Signals | 0): boolean => {
    try {
      return process.kill(group, sent);
    } catch {
      // No such process: all have ended.
      return false;
    }
  };
  for (let left = alive(signal); left; left = alive(0)) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A folder that does not exist yet, to be removed by `removeFolder`. */
export async function newDataDir(): Promise<string> {
  return join(await mkdtemp(join(tmpdir(), 'tillgraph-e2e-')), 'data');
}

export async function removeFolder(dataDir: string): Promise<void> {
  await rm(join(dataDir, '..'), { recursive: true, force: true });
}

/** Starts the graph and waits until it says that it is ready. Throws with its output when it ends before. */
export async function npmStart(dataDir: string, env: Record<string, string> = {}): Promise<StartedGraph> {
  const { DATABASE_URL: _, ...inherited } = process.env;
  const child = spawn('npm', ['start'], {
    cwd: root,
    env: { ...inherited, PORT: '0', DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  await new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (/^ready \S+$/m.test(output)) resolve();
    });
    child.once('exit', (code) => reject(new Error(`npm start ended with ${code}:\n${output}${errors}`)));
  });
  return new StartedGraph(child, output, dataDir);
}
