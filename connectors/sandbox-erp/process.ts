// The sandbox ERP as a child of ours: started when it is needed, shared by all who use its folder, started again when it is gone.
// It dies with the process that started it, however that one dies.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withTurn } from '#platform/db/embedded/owner-lock.ts';
import { Fault } from '#platform/errors/fault.ts';
import type { Logger } from '#platform/telemetry/logger.ts';

export interface SandboxErpOptions {
  /** Where it keeps its books. */
  readonly folder: string;
  /** Fills empty books with the demo retailer. */
  readonly demo: boolean;
  readonly logger: Logger;
}

const MAIN = fileURLToPath(new URL('server/main.ts', import.meta.url));
const START_MS = 15_000;
const PROBE_MS = 1_000;

export class SandboxErp {
  readonly #options: SandboxErpOptions;
  #child: ChildProcess | undefined;
  #url: string | undefined;
  #starting: Promise<string> | undefined;

  constructor(options: SandboxErpOptions) {
    this.#options = options;
  }

  /** Where it is; starts it when it is nowhere. */
  async url(): Promise<string> {
    if (this.#child && this.#child.exitCode === null && this.#child.signalCode === null && this.#url) return this.#url;
    this.#starting ??= this.#find().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  /** Ends it if this process started it. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.stdin?.end();
    await gone;
  }

  async #find(): Promise<string> {
    const { folder, logger } = this.#options;
    await mkdir(folder, { recursive: true });
    const address = join(folder, 'address');
    // One at a time: two processes writing the same books would spoil them.
    return withTurn(
      join(folder, 'turn'),
      async () => {
        const known = await readFile(address, 'utf8').catch(() => undefined);
        if (known !== undefined && (await keeps(known, folder))) return known;
        const started = await this.#start();
        await writeFile(address, started);
        return started;
      },
      (holder) => logger.warn({ folder, holder }, 'waiting for another process to start the sandbox ERP'),
    );
  }

  async #start(): Promise<string> {
    const { folder, demo, logger } = this.#options;
    const args = [MAIN, folder, '--with-parent', ...(demo ? ['--demo'] : [])];
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => logger.warn({ text: text.trim() }, 'sandbox ERP'));
    // Writing to a child that just died is no reason to die too: its exit is what tells.
    child.stdin.on('error', () => undefined);
    this.#child = child;
    this.#url = await readyLine(child);
    logger.info({ url: this.#url, folder }, 'the sandbox ERP is up');
    return this.#url;
  }
}

function readyLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Fault('PEER_UNAVAILABLE', `The sandbox ERP did not start: ${reason}`));
    };
    const timer = setTimeout(() => fail('it was not ready in time'), START_MS);
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const url = /^ready (\S+)$/m.exec(text)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    });
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`it ended with ${code}`));
  });
}

/** Whether these books are kept there: a port may be somebody else's by now. */
async function keeps(url: string, folder: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(PROBE_MS) });
    return ((await response.json()) as { folder?: unknown }).folder === folder;
  } catch {
    return false;
  }
}
