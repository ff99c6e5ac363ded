// A subgraph over HTTP: requests (signed, if it is ours) on kept-alive connections, and graphql-ws for subscriptions. Everything ends by
// its deadline. A query is asked again within a budget, a mutation is never sent twice, and a subgraph that fails is left alone.
import {
  BrokenCircuitError,
  CircuitState,
  CountBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
} from 'cockatiel';
import { Pool } from 'undici';
import { Fault } from '#platform/errors/fault.ts';
import { type Clock, monotonicMs, sleep } from '#platform/kernel/clock.ts';
import type { OperationResult, SubgraphClient, SubgraphRequest } from '../subgraph-client.ts';
import { openUpstream } from '../subscriptions/upstream.ts';
import { Exchange, NotAgain, type Received, TooLarge } from './exchange.ts';
import { busy, malformed, NotNow, readAnswer, unavailable } from './read-answer.ts';
import { RequestWriter } from './request-writer.ts';
import { pauseMs, RetryBudget } from './retry.ts';
import { Slots } from './slots.ts';
import { type GivenOptions, optionsOf, type SubgraphOptions } from './subgraph-options.ts';

export interface HttpSubgraphOptions {
  readonly name: string;
  readonly url: string;
  /** Key of signed requests, shared with the subgraph; undefined for a subgraph that is not ours: it is told no principal. */
  readonly key?: Buffer | undefined;
  readonly clock: Clock;
  /** Where it is not asked as usual. */
  readonly options?: GivenOptions | undefined;
}

/** How long a subgraph that failed is left alone: at first, and at most when it fails again and again. */
const BREAK_MS = { initialDelay: 1_000, maxDelay: 30_000 };
const BREAK_SAMPLE = { threshold: 0.5, size: 20, minimumNumberOfCalls: 10 };

export function createHttpSubgraph(options: HttpSubgraphOptions): SubgraphClient {
  return new HttpSubgraph(options);
}

class HttpSubgraph implements SubgraphClient {
  readonly name: string;
  readonly #url: URL;
  readonly #given: HttpSubgraphOptions;
  readonly #options: SubgraphOptions;
  readonly #pool: Pool;
  readonly #writer: RequestWriter;
  readonly #slots: Slots;
  readonly #budget: RetryBudget;
  readonly #breaker = circuitBreaker(
    handleWhen((error) => error instanceof Fault && error.code === 'SUBGRAPH_UNAVAILABLE'),
    { halfOpenAfter: new ExponentialBackoff(BREAK_MS), breaker: new CountBreaker(BREAK_SAMPLE) },
  );

  constructor(given: HttpSubgraphOptions) {
    this.name = given.name;
    this.#given = given;
    this.#url = new URL(given.url);
    this.#options = optionsOf(given.options);
    const { connections, timeoutMs, queue, retryShare } = this.#options;
    // The deadline of each request is the only clock; a connection that cannot be made gives up by then.
    this.#pool = new Pool(this.#url.origin, {
      connections,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: timeoutMs },
    });
    this.#writer = new RequestWriter(this.#url, given.key, given.clock);
    this.#slots = new Slots(connections, queue);
    this.#budget = new RetryBudget(retryShare);
  }

  async execute(request: SubgraphRequest): Promise<OperationResult> {
    const deadline = monotonicMs() + this.#options.timeoutMs;
    const { body, mayRepeat } = this.#writer.write(request);
    this.#budget.earn();
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#unlessBroken(request, body, deadline);
      } catch (error) {
        const pause = mayRepeat && attempt < this.#options.retries ? pauseBefore(error, attempt) : undefined;
        if (pause === undefined || monotonicMs() + pause >= deadline || !this.#budget.spend()) throw error;
        await sleep(pause);
      }
    }
  }

  subscribe(request: SubgraphRequest): Promise<AsyncIterableIterator<OperationResult>> {
    const { key, clock } = this.#given;
    return Promise.resolve(openUpstream({ subgraph: this.name, url: this.#url, key, clock }, request));
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  async #unlessBroken(request: SubgraphRequest, body: string, deadline: number): Promise<OperationResult> {
    if (!this.#options.breaker) return this.#ask(request, body, deadline);
    // One request probes; the others need not wait for what becomes of it.
    if (this.#breaker.state === CircuitState.HalfOpen) throw leftAlone(this.name);
    try {
      return await this.#breaker.execute(() => this.#ask(request, body, deadline));
    } catch (error) {
      throw error instanceof BrokenCircuitError ? leftAlone(this.name) : error;
    }
  }

  async #ask(request: SubgraphRequest, body: string, deadline: number): Promise<OperationResult> {
    if (!this.#slots.takeNow()) {
      const place = this.#slots.wait(deadline - monotonicMs());
      if (place === undefined) throw busy(this.name, new NotAgain('too many requests wait for it'));
      if (!(await place)) throw busy(this.name, new NotAgain('no connection came free in time'));
    }
    try {
      return readAnswer(this.name, await this.#exchange(request, body, deadline), this.#given.clock.now().getTime());
    } catch (error) {
      if (error instanceof Fault) throw error;
      throw error instanceof TooLarge ? malformed(this.name, 'more than it may', error) : unavailable(this.name, error);
    } finally {
      this.#slots.give();
    }
  }

  #exchange(request: SubgraphRequest, body: string, deadline: number): Promise<Received> {
    return new Promise<Received>((resolve, reject) => {
      const limits = { most: this.#options.answerBytes, ms: deadline - monotonicMs() };
      const headers = this.#writer.headers(request, body);
      const sent = { path: this.#writer.path, method: 'POST' as const, headers, body };
      this.#pool.dispatch(sent, new Exchange(limits, resolve, reject));
    });
  }
}

function leftAlone(name: string): Fault {
  return unavailable(name, new NotAgain('it failed too often and is left alone for a while'));
}

/** Undefined for what asking again does not mend. */
function pauseBefore(error: unknown, attempt: number): number | undefined {
  if (!(error instanceof Fault) || !error.retryable || error.cause instanceof NotAgain) return undefined;
  const told = error.cause instanceof NotNow ? (error.cause.waitMs ?? 0) : 0;
  return told + pauseMs(attempt);
}
