// How long a connection may live on what its token said when it opened: until the token ends, or until it or its client is revoked. What
// was checked once would else be good for ever.
import type { Principal } from '#platform/auth/principal.ts';
import type { TokenVerifier } from '#platform/auth/tokens.ts';
import type { Revocations } from '../security/revocations.ts';

/** Longest time a timer can be set to: 24 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

interface Watched {
  readonly principal: Principal;
  readonly end: (why: string) => void;
}

export class Validity {
  readonly #tokens: TokenVerifier;
  readonly #watched = new Set<Watched>();
  /** Watches nothing more. */
  readonly stop: () => void;

  constructor(tokens: TokenVerifier, revocations: Revocations) {
    this.#tokens = tokens;
    this.stop = revocations.onRevoked(() => {
      for (const { principal, end } of [...this.#watched]) {
        if (revocations.isRevoked(principal)) end('The token was revoked');
      }
    });
  }

  /** Calls `end` with the reason when the token ends or is revoked. Answers how to call it off. */
  watch(principal: Principal, end: (why: string) => void): () => void {
    const watched = { principal, end };
    this.#watched.add(watched);
    const left = this.#tokens.msLeft(principal);
    const expire = () => end('The token has expired; connect again with a new one');
    const timer = left === undefined ? undefined : setTimeout(expire, Math.min(left, LONGEST_TIMER_MS));
    return () => {
      clearTimeout(timer);
      this.#watched.delete(watched);
    };
  }
}
