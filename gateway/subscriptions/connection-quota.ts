// Counts live connections, sockets and event streams alike: in all, by address until a client has said who it is, by principal from
// then on. Gives each back once.

import type { Principal } from '#platform/auth/principal.ts';
import { hostOf } from '../http/client-address.ts';
import type { LiveDataLimits } from './limits.ts';

type Limits = Pick<LiveDataLimits, 'connections' | 'connectionsPerPrincipal' | 'connectionsPerAddress'>;

/** What there are too many of. */
export type Excess = 'connections' | 'of the address' | 'of the principal';

export interface Place {
  /** Counts it to a principal from now on; false: that one has as many as it may. */
  identify(principal: Principal): boolean;
  /** May be called more than once. */
  release(): void;
}

export class ConnectionQuota {
  readonly #limits: Limits;
  readonly #counts = new Map<string, number>();
  #all = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Connections held now. */
  get size(): number {
    return this.#all;
  }

  /** Of a client that has not said who it is. */
  admit(address: string): Place | Excess {
    if (this.#all >= this.#limits.connections) return 'connections';
    let key = `address ${hostOf(address)}`;
    if (!this.#take(key, this.#limits.connectionsPerAddress)) return 'of the address';
    this.#all += 1;
    let held = true;
    return {
      identify: (principal) => {
        const named = `principal ${principal.clientId} ${principal.sub}`;
        if (!held || !this.#take(named, this.#limits.connectionsPerPrincipal)) return false;
        this.#give(key);
        key = named;
        return true;
      },
      release: () => {
        if (!held) return;
        held = false;
        this.#all -= 1;
        this.#give(key);
      },
    };
  }

  #take(key: string, most: number): boolean {
    const count = this.#counts.get(key) ?? 0;
    if (count >= most) return false;
    this.#counts.set(key, count + 1);
    return true;
  }

  #give(key: string): void {
    const left = (this.#counts.get(key) ?? 0) - 1;
    if (left > 0) this.#counts.set(key, left);
    else this.#counts.delete(key);
  }
}
