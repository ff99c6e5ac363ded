// Revocations in a file that gateways share: a JSON list that people write, [{"jti": …} or {"clientId": …}, each with "until"], and behind
// it lines that gateways add, one entry each. Lines are only added: two gateways that write at once lose nothing of each other.
import { appendFile } from 'node:fs/promises';
import { z } from 'zod';
import { Fault } from '#platform/errors/fault.ts';
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
  #file: WatchedFile | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, logger: Logger) {
    this.#path = path;
    this.#logger = logger;
  }

  async follow(told: (revocations: readonly Revocation[]) => void): Promise<void> {
    const take = (text: string) => told(this.#read(text).map(toRevocation));
    this.#file = watchedFile(this.#path, take, { logger: this.#logger, missing: '' });
  }

  add({ untilMs, ...named }: Revocation): Promise<void> {
    const entry: Entry = { ...named, until: new Date(untilMs).toISOString() };
    // One write at the end of the file, whoever else writes there. People may have left the last line without an end.
    const write = () => appendFile(this.#path, `\n${JSON.stringify(entry)}\n`, { mode: 0o600 });
    this.#writing = this.#writing.then(write, write);
    return this.#writing;
  }

  async stop(): Promise<void> {
    this.#file?.stop();
    await this.#writing;
  }

  #read(text: string): Entry[] {
    try {
      return entries.parse(valuesOf(text));
    } catch (cause) {
      const form = '[{"jti" or "clientId": "…", "until": "<time>"}], or such an entry on each line';
      throw new Fault('CONFIGURATION_INVALID', `${this.#path} does not have the form ${form}`, { cause });
    }
  }
}

/** The list, and the lines behind it. */
function valuesOf(text: string): unknown[] {
  const lines = text.split('\n').map((line) => line.trimEnd());
  let first = lines.length;
  while (first > 0 && /^(?:\{.*)?$/.test(lines[first - 1] ?? '')) first -= 1;
  const list = lines.slice(0, first).join('\n');
  const added = lines.slice(first).filter((line) => line !== '');
  return [...(list === '' ? [] : (JSON.parse(list) as unknown[])), ...added.map((line) => JSON.parse(line) as unknown)];
}

function toRevocation({ until, ...named }: Entry): Revocation {
  return { ...named, untilMs: Date.parse(until) };
}
