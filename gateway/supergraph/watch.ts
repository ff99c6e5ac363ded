// Takes each new supergraph that is put at a place. The folder is watched, and looked at now and then where watching tells nothing
// (network file systems, a folder that was replaced). What cannot be served is refused loudly; the one before goes on being served.
import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from '#platform/errors/fault.ts';
import { sleep } from '#platform/kernel/clock.ts';
import type { Logger } from '#platform/telemetry/logger.ts';
import { readSupergraph, type Supergraph } from './source.ts';

export interface WatchOptions {
  readonly path: string;
  /** What is served already. */
  readonly current: Supergraph;
  /** Serves it, or rejects with why it cannot. */
  readonly take: (next: Supergraph) => Promise<void>;
  readonly logger: Logger;
  readonly pollMs: number;
}

/** What /readyz tells of it. */
export interface SupergraphStatus {
  readonly version: string | undefined;
  readonly sha256: string;
  /** Taken since the start. */
  readonly reloads: number;
  /** Refused since the start. */
  readonly refusals: number;
  /** Code of why what lies at the place now is not what is served; the log has the words. */
  readonly refused: string | undefined;
}

/** A change is often several: two files, or one written in pieces. */
const SETTLE_MS = 100;
/** How long what is half there may take to be whole. */
const SECOND_LOOK_MS = 400;

export class SupergraphWatch {
  readonly #options: WatchOptions;
  readonly #poll: NodeJS.Timeout;
  #watchers: FSWatcher[] = [];
  #settling: NodeJS.Timeout | undefined;
  #served: Supergraph;
  /** Hash of what was refused last: it is told of once. */
  #refusedText: string | undefined;
  #looking: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #counts = { reloads: 0, refusals: 0 };
  /** What was told of the last refusal, as long as it counts. */
  #refused: { readonly code: string; readonly message: string } | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#served = options.current;
    this.#poll = setInterval(() => this.#look(), options.pollMs);
    this.#poll.unref();
    this.#watch();
  }

  get status(): SupergraphStatus {
    const { version, sha256 } = this.#served;
    return { version, sha256, ...this.#counts, refused: this.#refused?.code };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#poll);
    clearTimeout(this.#settling);
    for (const watcher of this.#watchers) watcher.close();
    await this.#looking;
  }

  /** The place itself and the folder it is in: a file is replaced by a rename in the one, an artifact's files in the other. */
  #watch(): void {
    for (const watcher of this.#watchers) watcher.close();
    const { path } = this.#options;
    this.#watchers = [dirname(path), path].flatMap((place) => {
      try {
        const watcher = watch(place, { persistent: false }, () => {
          clearTimeout(this.#settling);
          this.#settling = setTimeout(() => this.#look(), SETTLE_MS);
        });
        // It is looked at now and then all the same.
        watcher.on('error', () => watcher.close());
        return [watcher];
      } catch {
        return [];
      }
    });
  }

  #look(): void {
    if (this.#stopped) return;
    this.#again = this.#looking !== undefined;
    this.#looking ??= this.#renew().finally(() => {
      this.#looking = undefined;
      if (this.#again) this.#look();
    });
  }

  async #renew(): Promise<void> {
    const { path, take } = this.#options;
    try {
      const next = await this.#read();
      if (next.sha256 === this.#served.sha256 && next.version === this.#served.version) {
        this.#refused = undefined;
        return;
      }
      if (next.sha256 === this.#refusedText) return;
      this.#refusedText = next.sha256;
      await take(next);
      this.#served = next;
      this.#counts.reloads += 1;
      this.#refused = undefined;
      this.#refusedText = undefined;
      this.#options.logger.info({ sha256: next.sha256, version: next.version }, `serving ${path} as it is now`);
    } catch (error) {
      this.#refuse(error);
    } finally {
      if (!this.#stopped) this.#watch();
    }
  }

  async #read(): Promise<Supergraph> {
    try {
      return await readSupergraph(this.#options.path);
    } catch {
      await sleep(SECOND_LOOK_MS);
      return readSupergraph(this.#options.path);
    }
  }

  #refuse(error: unknown): void {
    const { message } = error as Error;
    // Told once, however often it is looked at.
    if (this.#refused?.message === message) return;
    const code = error instanceof Fault ? error.code : 'SUPERGRAPH_INVALID';
    this.#refused = { code, message };
    this.#counts.refusals += 1;
    this.#options.logger.error({ code, error }, `${message}; the supergraph before it goes on being served`);
  }
}
