// What kind of client asks, what one operation of it may cost, and its budget: a bucket that refills by the second, for each client,
// for anonymous by address. Shared through Redis where there is one; each gateway counts for itself where there is none, or while it is away.
import { RateLimiterMemory, RateLimiterRedis, type RateLimiterRes } from 'rate-limiter-flexible';
import { isAuthenticated, type Principal } from '#platform/auth/principal.ts';
import type { Redis } from '#platform/cache/redis.ts';
import { monotonicMs } from '#platform/kernel/clock.ts';
import { Lru } from '../engine/lru.ts';
import { hostOf } from '../http/client-address.ts';
import type { ClientLimits, Limits } from './limit-settings.ts';

/** Addresses and clients remembered; who was forgotten begins with a full bucket. */
const MOST_BUCKETS = 100_000;

/** Milliseconds until there is enough; 0: taken. */
export type Taken = number | Promise<number>;

export class ClientBudgets {
  readonly #kinds: Limits['clients'];
  readonly #ofPrincipals = new WeakMap<Principal, ClientLimits>();
  readonly #buckets = new Lru<string, { left: number; at: number }>(MOST_BUCKETS);
  readonly #redis: Redis | undefined;
  readonly #shared = new Map<string, RateLimiterRedis>();

  constructor(kinds: Limits['clients'], redis: Redis | undefined) {
    this.#kinds = kinds;
    this.#redis = redis;
  }

  /** What counts for this client: itself before its roles, its roles before `*`. Of several roles the most. */
  limitsOf(principal: Principal): ClientLimits {
    const known = this.#ofPrincipals.get(principal);
    if (known) return known;
    const kinds = isAuthenticated(principal)
      ? [this.#kinds[`client:${principal.clientId}`], this.#ofRoles(principal.roles), this.#kinds['*']]
      : [this.#kinds.anonymous, this.#kinds['*']];
    // The first that says something of it.
    const limits = Object.assign({}, ...kinds.filter((kind) => kind !== undefined).toReversed()) as ClientLimits;
    this.#ofPrincipals.set(principal, limits);
    return limits;
  }

  #ofRoles(roles: readonly string[]): ClientLimits | undefined {
    const of = roles.flatMap((role) => this.#kinds[`role:${role}`] ?? []);
    return of.toSorted((left, right) => (right.cost ?? Infinity) - (left.cost ?? Infinity))[0];
  }

  take(principal: Principal, address: string | undefined, cost: number): Taken {
    const { perSecond, burst } = this.limitsOf(principal);
    if (perSecond === undefined || cost <= 0) return 0;
    const most = burst ?? perSecond;
    const key = isAuthenticated(principal) ? `client:${principal.clientId}` : `address:${hostOf(address ?? '')}`;
    // What costs more than there ever is takes all of it.
    const wanted = Math.min(cost, most);
    if (this.#redis) return this.#takeShared(this.#redis, key, wanted, { perSecond, most });
    const now = monotonicMs();
    const bucket = this.#buckets.get(key) ?? { left: most, at: now };
    bucket.left = Math.min(most, bucket.left + ((now - bucket.at) * perSecond) / 1_000);
    bucket.at = now;
    this.#buckets.set(key, bucket);
    if (bucket.left < wanted) return Math.max(1, Math.ceil(((wanted - bucket.left) * 1_000) / perSecond));
    bucket.left -= wanted;
    return 0;
  }

  /** The same amount in the same time, in windows: one command for each request. */
  #takeShared(redis: Redis, key: string, cost: number, size: { perSecond: number; most: number }): Promise<number> {
    const kind = `${size.perSecond}/${size.most}`;
    let limiter = this.#shared.get(kind);
    if (limiter === undefined) {
      const duration = Math.max(1, Math.ceil(size.most / size.perSecond));
      limiter = sharedLimiter(redis, 'budget', Math.floor(size.most), duration);
      this.#shared.set(kind, limiter);
    }
    return consume(limiter, key, Math.ceil(cost));
  }
}

export function sharedLimiter(redis: Redis, name: string, points: number, duration: number): RateLimiterRedis {
  const keyPrefix = `tillgraph:${name}`;
  // While Redis is away each gateway counts for itself.
  const insuranceLimiter = new RateLimiterMemory({ keyPrefix, points, duration });
  return new RateLimiterRedis({ storeClient: redis, keyPrefix, points, duration, insuranceLimiter });
}

/** Milliseconds to wait; 0 when the points were there. */
export function consume(limiter: RateLimiterMemory | RateLimiterRedis, key: string, points: number): Promise<number> {
  return limiter.consume(key, points).then(
    () => 0,
    (refused: RateLimiterRes | Error) => {
      if (refused instanceof Error) throw refused;
      return Math.max(1, refused.msBeforeNext);
    },
  );
}
