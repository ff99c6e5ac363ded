// Revocations that gateways tell each other through Redis: a stream that each reads from its beginning, then goes on in. While Redis is
// away nothing new comes from elsewhere; what was heard holds.

import type { Redis } from '#platform/cache/redis.ts';
import { sleep } from '#platform/kernel/clock.ts';
import type { Revocation, RevocationStore } from './revocations.ts';

const STREAM = 'tillgraph:revocations';
const POLL_MS = 500;
/** How long the start waits for what is there. */
const FIRST_MS = 5_000;
/** A day holds far fewer; the oldest are forgotten first. */
const MOST_KEPT = 100_000;

export class RevocationStream implements RevocationStore {
  readonly #redis: Redis;
  #last = '-';
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async follow(told: (revocations: readonly Revocation[]) => void): Promise<void> {
    for (let waited = 0; waited < FIRST_MS && !(await this.#read(told)); waited += POLL_MS) await sleep(POLL_MS);
    const again = async () => {
      await this.#read(told);
      if (!this.#stopped) this.#timer = setTimeout(() => void again(), POLL_MS);
    };
    this.#timer = setTimeout(() => void again(), POLL_MS);
  }

  async add(revocation: Revocation): Promise<void> {
    await this.#redis.xadd(STREAM, 'MAXLEN', '~', MOST_KEPT, '*', 'revocation', JSON.stringify(revocation));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** False while Redis is away; whoever connected to it logs that. */
  async #read(told: (revocations: readonly Revocation[]) => void): Promise<boolean> {
    try {
      const found = await this.#redis.xrange(STREAM, this.#last, '+');
      this.#last = found.length === 0 ? this.#last : `(${found.at(-1)?.[0]}`;
      told(found.map(([, [, text = '{}']]) => JSON.parse(text) as Revocation));
      return true;
    } catch {
      return false;
    }
  }
}
