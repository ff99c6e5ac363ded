// Leaves a subgraph alone that failed too often, then lets one request try it; longer each time that fails.
import {
  BrokenCircuitError,
  CircuitState,
  CountBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  type IBackoff,
  type IBackoffFactory,
} from 'cockatiel';
import { Fault } from '#platform/errors/fault.ts';
import { monotonicMs } from '#platform/kernel/clock.ts';
import { NotAgain } from './exchange.ts';
import { unavailable } from './read-answer.ts';

/** How long it is left alone: at first, and at most when it fails again and again. */
const BREAK_MS = { initialDelay: 1_000, maxDelay: 30_000 };
const BREAK_SAMPLE = { threshold: 0.5, size: 20, minimumNumberOfCalls: 10 };

export class Breaker {
  readonly #name: string;
  /** On the monotonic clock: when one request may try it. */
  #untilMs = 0;
  readonly #policy = circuitBreaker(
    handleWhen((error) => error instanceof Fault && error.code === 'SUBGRAPH_UNAVAILABLE'),
    { halfOpenAfter: this.#noted(new ExponentialBackoff(BREAK_MS)), breaker: new CountBreaker(BREAK_SAMPLE) },
  );

  constructor(subgraph: string) {
    this.#name = subgraph;
  }

  /** `isTrial`: the request others do not get to make until it has ended. Rejects with SUBGRAPH_UNAVAILABLE while it is left alone. */
  async execute<T>(ask: (isTrial: boolean) => Promise<T>): Promise<T> {
    // The others need not wait for what becomes of the trial.
    if (this.#policy.state === CircuitState.HalfOpen) throw this.#leftAlone(undefined);
    try {
      return await this.#policy.execute(() => ask(this.#policy.state === CircuitState.HalfOpen));
    } catch (error) {
      throw error instanceof BrokenCircuitError ? this.#leftAlone(this.#untilMs - monotonicMs()) : error;
    }
  }

  #leftAlone(ms: number | undefined): Fault {
    const why = new NotAgain('it failed too often and is left alone for a while');
    return unavailable(this.#name, why, ms === undefined ? undefined : Math.max(1, Math.ceil(ms)));
  }

  /** The pauses as they come; the policy does not tell them. */
  #noted(pauses: IBackoffFactory<unknown>): IBackoffFactory<unknown> {
    return {
      next: (context): IBackoff<unknown> => {
        const pause = pauses.next(context);
        const { duration } = pause;
        this.#untilMs = monotonicMs() + duration;
        return { duration, ...this.#noted(pause) };
      },
    };
  }
}
