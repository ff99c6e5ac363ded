// Switches that make the ERP as bad a peer as real ones are: slow, failing, losing answers, repeating itself, throttling.
import { z } from 'zod';

export const faultSettings = z.strictObject({
  /** Every answer waits this long. */
  latency_ms: z.int().min(0).default(0),
  /** So many requests are answered 500 before they have an effect. */
  fail_next: z.int().min(0).default(0),
  /** So many requests have their effect and get no answer. */
  lose_next: z.int().min(0).default(0),
  /** Every record of a page comes twice. */
  repeat_records: z.boolean().default(false),
  /** More than this a second are answered 429; null lets all through. */
  requests_per_second: z.int().min(1).nullable().default(null),
});

export type FaultSettings = z.output<typeof faultSettings>;

export class Faults {
  #settings: FaultSettings = faultSettings.parse({});
  #second = 0;
  #inSecond = 0;

  get settings(): FaultSettings {
    return this.#settings;
  }

  set(settings: FaultSettings): void {
    this.#settings = settings;
  }

  /** Milliseconds until the next request is let through; 0 lets this one through and counts it. */
  throttle(nowMs: number): number {
    const most = this.#settings.requests_per_second;
    const second = Math.floor(nowMs / 1_000);
    if (second !== this.#second) [this.#second, this.#inSecond] = [second, 0];
    if (most !== null && this.#inSecond >= most) return (second + 1) * 1_000 - nowMs;
    this.#inSecond += 1;
    return 0;
  }

  /** True as often as `fail_next` says. */
  takeFailure(): boolean {
    return this.#take('fail_next');
  }

  /** True as often as `lose_next` says. */
  takeLoss(): boolean {
    return this.#take('lose_next');
  }

  #take(name: 'fail_next' | 'lose_next'): boolean {
    const left = this.#settings[name];
    if (left > 0) this.#settings = { ...this.#settings, [name]: left - 1 };
    return left > 0;
  }
}
