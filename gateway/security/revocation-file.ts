// Revocations in a file that gateways share: JSON, [{"jti": …} or {"clientId": …}, each with "until"]. It outlives restarts; a gateway
// that did not write it reads it within a second.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { Fault } from '#platform/errors/fault.ts';
import { newId } from '#platform/kernel/ids.ts';
import type { Logger } from '#platform/telemetry/logger.ts';
import type { Revocation, RevocationStore } from './revocations.ts';
import { type WatchedFile, watchedFile } from './watched-file.ts';

const entries = z.array(
  z
    .object({
      jti: z.string().min(1).optional(),
      clientId: z.string().min(1).optional(),
      until: z.iso.datetime({ offset: true }),
    })
    .strict()
    .refine(({ jti, clientId }) => jti !== undefined || clientId !== undefined, {
      error: 'names no jti and no clientId',
    }),
);

type Entry = z.output<typeof entries>[number];

export class RevocationFile implements RevocationStore {
  readonly #path: string;
  readonly #logger: Logger;
  readonly #nowMs: () => number;
  #file: WatchedFile | undefined;
  /** One after the other: each writes the whole file. */
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, nowMs: () => number, logger: Logger) {
    this.#path = path;
    this.#nowMs = nowMs;
    this.#logger = logger;
  }

  async follow(told: (revocations: readonly Revocation[]) => void): Promise<void> {
    const take = (text: string) => told(this.#read(text).map(toRevocation));
    this.#file = watchedFile(this.#path, take, { logger: this.#logger, missing: '[]' });
  }

  add({ untilMs, ...named }: Revocation): Promise<void> {
    const entry: Entry = { ...named, until: new Date(untilMs).toISOString() };
    const write = async () => {
      const text = await readFile(this.#path, 'utf8').catch(() => '[]');
      const kept = this.#read(text).filter(({ until }) => Date.parse(until) > this.#nowMs());
      const next = `${this.#path}.${newId()}`;
      // Put in place whole: nobody reads half of it.
      await writeFile(next, `${JSON.stringify([...kept, entry], null, 2)}\n`, { mode: 0o600 });
      await rename(next, this.#path);
    };
    this.#writing = this.#writing.then(write, write);
    return this.#writing;
  }

  async stop(): Promise<void> {
    this.#file?.stop();
    await this.#writing;
  }

  #read(text: string): Entry[] {
    try {
      return entries.parse(JSON.parse(text));
    } catch (cause) {
      const form = '[{"jti" or "clientId": "…", "until": "<time>"}]';
      throw new Fault('CONFIGURATION_INVALID', `${this.#path} does not have the form ${form}`, { cause });
    }
  }
}

function toRevocation({ until, ...named }: Entry): Revocation {
  return { ...named, untilMs: Date.parse(until) };
}
