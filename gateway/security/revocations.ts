// Who may not come any more though its token still says so: single tokens (jti) and whole clients, each until a time after which no
// such token is valid anyway. Asked with every request; told to whoever keeps connections open, at once.
import type { Principal } from '#platform/auth/principal.ts';

export interface Revocation {
  /** One token. */
  readonly jti?: string | undefined;
  /** Every token and key of a client. */
  readonly clientId?: string | undefined;
  /** Milliseconds since 1970; forgotten then. */
  readonly untilMs: number;
}

/** Where revocations are kept, and where other gateways' come from. */
export interface RevocationStore {
  /** Keeps it; rejects when it could not. */
  add(revocation: Revocation): Promise<void>;
  /** Those kept, now and whenever more have come. Rejects when they cannot be read at first: nobody must come in for that. */
  follow(told: (revocations: readonly Revocation[]) => void): Promise<void>;
  stop(): Promise<void>;
}

type Listener = (revocation: Revocation) => void;

export class Revocations {
  readonly #nowMs: () => number;
  readonly #stores: readonly RevocationStore[];
  readonly #tokens = new Map<string, number>();
  readonly #clients = new Map<string, number>();
  readonly #listeners = new Set<Listener>();

  constructor(nowMs: () => number, stores: readonly RevocationStore[] = []) {
    this.#nowMs = nowMs;
    this.#stores = stores;
  }

  /** Reads what is kept; requests are answered after that only. */
  async start(): Promise<void> {
    await Promise.all(this.#stores.map((store) => store.follow((all) => all.forEach((one) => this.#add(one)))));
  }

  /** Holds here at once; resolves when it is kept, and on its way to the other gateways. */
  async revoke(revocation: Revocation): Promise<void> {
    this.#add(revocation);
    await Promise.all(this.#stores.map((store) => store.add(revocation)));
  }

  isRevoked({ jti, clientId }: Principal): boolean {
    return (jti !== undefined && this.#holds(this.#tokens, jti)) || this.#holds(this.#clients, clientId);
  }

  /** Called once for each new revocation, of whichever gateway. Answers how to stop listening. */
  onRevoked(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#stores.map((store) => store.stop()));
  }

  #holds(revoked: ReadonlyMap<string, number>, name: string): boolean {
    const untilMs = revoked.get(name);
    return untilMs !== undefined && untilMs > this.#nowMs();
  }

  #add(revocation: Revocation): void {
    const { jti, clientId, untilMs } = revocation;
    if (untilMs <= this.#nowMs()) return;
    const isNew = [remember(this.#tokens, jti, untilMs), remember(this.#clients, clientId, untilMs)].includes(true);
    if (!isNew) return;
    this.#forgetOld();
    for (const listener of this.#listeners) listener(revocation);
  }

  #forgetOld(): void {
    for (const revoked of [this.#tokens, this.#clients]) {
      for (const [name, untilMs] of revoked) if (untilMs <= this.#nowMs()) revoked.delete(name);
    }
  }
}

/** True for what was not known, or for less long. */
function remember(revoked: Map<string, number>, name: string | undefined, untilMs: number): boolean {
  if (name === undefined || (revoked.get(name) ?? 0) >= untilMs) return false;
  revoked.set(name, untilMs);
  return true;
}
