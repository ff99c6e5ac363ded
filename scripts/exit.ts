// How a command of ours ends when it fails: one clear sentence on standard error and exit code 1, never a stack.
import { Fault, InvalidInput } from '#platform/errors/fault.ts';

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
