// When a query may be asked again: not more often than its share of the requests allows, and never all at the same moment.
import { randomFraction } from '#platform/kernel/ids.ts';

const FIRST_MS = 50;
const LONGEST_MS = 2_000;
/** Repetitions saved up in quiet times. */
const MOST_SAVED = 10;

export class RetryBudget {
  readonly #share: number;
  #saved: number;

  constructor(share: number) {
    this.#share = share;
    this.#saved = share === 0 ? 0 : MOST_SAVED;
  }

  /** Each request earns a part of a repetition. */
  earn(): void {
    this.#saved = Math.min(this.#saved + this.#share, MOST_SAVED);
  }

  /** False when there is none left. */
  spend(): boolean {
    if (this.#saved < 1) return false;
    this.#saved -= 1;
    return true;
  }
}

/** Full jitter: anything up to a bound that doubles. */
export function pauseMs(attempt: number): number {
  return randomFraction() * Math.min(FIRST_MS * 2 ** attempt, LONGEST_MS);
}
