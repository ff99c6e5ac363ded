// Looks after a server that runs: one that dies under us (out of memory, killed) is started again where it was, so that every URL
// given out leads to it again. What was committed is there; open connections are lost and made anew by whoever holds them.

import type { Postmaster } from './postmaster.ts';
import { processFacts } from './process-identity.ts';

/** Away from Linux a look starts a `ps`. */
const LOOK_MS = process.platform === 'linux' ? 500 : 5_000;

/**
 * `restart` gives the server that runs then, its own or another process's. It is tried again with each look until it works. Answers
 * how to stop looking; that waits for a restart on its way.
 */
export function keepRunning(
  first: Postmaster,
  restart: () => Promise<Postmaster>,
  log: (message: string) => void,
): () => Promise<void> {
  let server = first;
  let over = false;
  let failing = false;
  let looking = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const look = async (): Promise<void> => {
    if ((await processFacts(server.pid))?.startToken === server.startToken || over) return;
    if (!failing) log(`PostgreSQL (pid ${server.pid}) died; starting it again`);
    try {
      server = await restart();
      failing = false;
      log(`PostgreSQL runs again (pid ${server.pid})`);
    } catch (error) {
      if (!failing) log(`PostgreSQL does not start again, and is tried on: ${(error as Error).message}`);
      failing = true;
    }
  };
  const next = () => {
    // Alone it keeps no process alive.
    timer = setTimeout(() => {
      looking = look().then(() => {
        if (!over) next();
      });
    }, LOOK_MS).unref();
  };
  next();
  return async () => {
    over = true;
    clearTimeout(timer);
    await looking;
  };
}
