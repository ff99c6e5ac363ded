// How a command of ours ends when it fails: one clear sentence on standard error and exit code 1, never a stack.
import { Fault, InvalidInput } from '../errors/fault.ts';

/** Waits for the work; a failure is told in one line (with its code, if it has one) and ends the process. */
export async function exitOnFailure(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const known = error instanceof Fault || error instanceof InvalidInput;
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${known ? `${error.code}: ` : ''}${message}\n`);
    process.exit(1);
  }
}

/** Runs `stop` once at the first SIGINT or SIGTERM, then ends the process; a second signal ends it at once. */
export function onStopSignal(stop: () => Promise<void>): void {
  let stopping = false;
  const end = (): void => {
    if (stopping) process.exit(130);
    stopping = true;
    void exitOnFailure(stop()).then(() => process.exit(0));
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
}
