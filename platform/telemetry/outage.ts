// How a loop that never gives up tells of it: once when its work begins to fail, once when it works again. In between only at level
// debug: a database that is away would else fill the disk with the same stack, many times a second.
import type { Logger } from './logger.ts';

export class Outage {
  readonly #logger: Logger;
  readonly #whose: Readonly<Record<string, string>>;
  #failures = 0;

  /** `whose` names the loop in the log. */
  constructor(logger: Logger, whose: Readonly<Record<string, string>>) {
    this.#logger = logger;
    this.#whose = whose;
  }

  /** Answers how often it failed in a row. */
  failed(error: unknown, message: string): number {
    this.#failures += 1;
    this.#logger[this.#failures === 1 ? 'warn' : 'debug']({ ...this.#whose, error }, message);
    return this.#failures;
  }

  over(): void {
    if (this.#failures > 0) this.#logger.warn({ ...this.#whose, failures: this.#failures }, 'works again');
    this.#failures = 0;
  }
}
