// A small file that people or programs replace while the gateway runs: read at the start, and again when it changed. A version that
// cannot be read leaves the one before in force and is logged; at the start it ends the start.
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { Logger } from '#platform/telemetry/logger.ts';

/** Polled: a notice of the system does not come from every kind of volume. */
const POLL_MS = 500;

export interface WatchedFile {
  stop(): void;
}

/** `take` throws for what it cannot use. `missing`: what a file that is not there yet counts as; without, it ends the start. */
export function watchedFile(
  path: string,
  take: (text: string) => void,
  { logger, missing }: { readonly logger: Logger; readonly missing?: string },
): WatchedFile {
  let last: string | undefined;
  const read = () => {
    const text = textOf(path, missing);
    if (text === last) return;
    take(text);
    last = text;
  };
  read();
  const again = () => {
    try {
      read();
    } catch (error) {
      logger.error({ error, path }, 'a changed file cannot be used; what it said before holds');
    }
  };
  watchFile(path, { interval: POLL_MS, persistent: false }, again);
  return { stop: () => unwatchFile(path, again) };
}

function textOf(path: string, missing: string | undefined): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (missing === undefined || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return missing;
  }
}
