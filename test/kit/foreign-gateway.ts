// `npm run gateway` over a foreign supergraph, in a process group of its own and with nothing in its environment but what is given.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartedGraph } from './npm-start.ts';

const root = join(import.meta.dirname, '../..');

export interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** The process once it is ready, or how it ended before. */
export async function gatewayStart(
  supergraph: string,
  env: Record<string, string> = {},
): Promise<StartedGraph | Ended> {
  const { PATH = '', HOME = '' } = process.env;
  const dataDir = join(await mkdtemp(join(tmpdir(), 'tillgraph-foreign-')), 'data');
  const child: ChildProcess = spawn('npm', ['run', 'gateway'], {
    cwd: root,
    env: { PATH, HOME, PORT: '0', SUPERGRAPH: supergraph, DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text));
  return new Promise((resolve) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (/^ready \S+$/m.test(output)) resolve(new StartedGraph(child, output, dataDir));
    });
    child.once('close', (code) => resolve({ code, output, errors }));
  });
}

export async function gatewayReady(supergraph: string, env: Record<string, string> = {}): Promise<StartedGraph> {
  const started = await gatewayStart(supergraph, env);
  if (started instanceof StartedGraph) return started;
  throw new Error(`npm run gateway ended with ${started.code}:\n${started.output}${started.errors}`);
}
