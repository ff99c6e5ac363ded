// The replay as a user runs it, against a graph in a process of its own: the command line, its output, its exit code.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyDatabase } from './database.ts';

const root = join(import.meta.dirname, '../..');

export const SAMPLE = join(root, 'connectors/online-retail/sample.csv');

export interface Run {
  readonly code: number | null;
  readonly report: string;
  readonly errors: string;
}

export interface ReplayWorld {
  readonly url: string;
  /** Where runs start, and so where their quarantine is. */
  readonly folder: string;
  /** Runs the command to its end. */
  replay(...args: string[]): Promise<Run>;
  /** Runs the command and kills it, as a power cut does, when its progress matches. */
  replayUntil(progress: RegExp, ...args: string[]): Promise<void>;
  /** Runs the command to its end, and kills the graph when the progress matches. */
  replayWithoutGraphAfter(progress: RegExp, ...args: string[]): Promise<Run>;
  /** Starts the graph again on the same data, at the same address. */
  startGraphAgain(): Promise<void>;
  close(): Promise<void>;
}

/** Starts an empty graph on a database of its own. */
export async function startReplayWorld(): Promise<ReplayWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'tillgraph-replay-'));
  const database = await emptyDatabase();
  const env = { ...process.env, DATA_DIR: join(folder, 'data'), DATABASE_URL: database.url, SEED: 'none' };
  const start = (script: string, args: readonly string[], cwd: string, more: Record<string, string> = {}) => {
    const options = { cwd, env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'] };
    return spawn(process.execPath, [join(root, script), ...args], options);
  };
  let graph = start('gateway/main.ts', [], root, { PORT: '0' });
  const url = await readyUrl(graph);
  const run = (args: readonly string[]) => start('scripts/replay.ts', ['--url', url, ...args], folder);
  const runToEnd = async (args: readonly string[], onErrors: (text: string) => void = () => {}): Promise<Run> => {
    const child = run(args);
    const [report, errors] = [collect(child.stdout), collect(child.stderr)];
    child.stderr.on('data', () => onErrors(errors()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, report: report(), errors: errors() };
  };
  return {
    url,
    folder,
    replay: (...args) => runToEnd(args),
    replayWithoutGraphAfter: (progress, ...args) =>
      runToEnd(args, (errors) => void (progress.test(errors) && graph.kill('SIGKILL'))),
    async replayUntil(progress, ...args) {
      const child = run(args);
      const closed = once(child, 'close');
      const errors = collect(child.stderr);
      child.stderr.on('data', () => void (progress.test(errors()) && child.kill('SIGKILL')));
      await closed;
      if (child.signalCode !== 'SIGKILL') throw new Error(`the replay ended before ${progress}:\n${errors()}`);
    },
    async startGraphAgain() {
      graph = start('gateway/main.ts', [], root, { PORT: new URL(url).port });
      await readyUrl(graph);
    },
    async close() {
      const closed = once(graph, 'close');
      if (graph.kill('SIGTERM')) await closed;
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (more: string) => (text += more));
  return () => text;
}

async function readyUrl(graph: ChildProcess): Promise<string> {
  if (!graph.stdout || !graph.stderr) throw new Error('the graph has no output');
  const [output, errors] = [collect(graph.stdout), collect(graph.stderr)];
  return new Promise((resolve, reject) => {
    graph.stdout?.on('data', () => {
      const url = /^ready (\S+)$/m.exec(output())?.[1];
      if (url) resolve(url);
    });
    graph.once('exit', (code) => reject(new Error(`the graph ended with ${code}:\n${output()}${errors()}`)));
  });
}
