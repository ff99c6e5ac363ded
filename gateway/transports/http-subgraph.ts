// A subgraph over HTTP: requests (signed, if it is ours) on kept-alive connections, and graphql-ws for subscriptions. Everything ends by
// its deadline. A query is asked again within a budget, a mutation is never sent twice, and a subgraph that fails is left alone.
import { Pool } from 'undici';
import { Fault } from '#platform/errors/fault.ts';
import { type Clock, monotonicMs, sleep } from '#platform/kernel/clock.ts';
import { abandoned } from '../departure.ts';
import type { OperationResult, SubgraphClient, SubgraphRequest } from '../subgraph-client.ts';
import { openUpstream } from '../subscriptions/upstream.ts';
import { Breaker } from './breaker.ts';
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
  readonly #breaker: Breaker | undefined;

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
    this.#breaker = this.#options.breaker ? new Breaker(given.name) : undefined;
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

  #unlessBroken(request: SubgraphRequest, body: string, deadline: number): Promise<OperationResult> {
    if (!this.#breaker) return this.#ask(request, body, deadline);
    // What becomes of a trial is of interest to all, also when its client has gone.
    return this.#breaker.execute((isTrial) =>
      this.#ask(isTrial ? { ...request, signal: undefined } : request, body, deadline),
    );
  }

  async #ask(request: SubgraphRequest, body: string, deadline: number): Promise<OperationResult> {
    const { signal } = request;
    if (signal?.aborted) throw abandoned();
    if (!this.#slots.takeNow()) {
      const place = this.#slots.wait(deadline - monotonicMs(), signal);
      if (place === undefined) throw busy(this.name, new NotAgain('too many requests wait for it'));
      if (!(await place)) {
        throw signal?.aborted ? abandoned() : busy(this.name, new NotAgain('no connection came free in time'));
      }
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
      const { signal } = request;
      const limits = { most: this.#options.answerBytes, ms: deadline - monotonicMs(), signal };
      const headers = this.#writer.headers(request, body);
      const sent = { path: this.#writer.path, method: 'POST' as const, headers, body };
      this.#pool.dispatch(sent, new Exchange(limits, resolve, reject));
    });
  }
}

/** Undefined for what asking again does not mend. */
function pauseBefore(error: unknown, attempt: number): number | undefined {
  if (!(error instanceof Fault) || !error.retryable || error.cause instanceof NotAgain) return undefined;
  const told = error.cause instanceof NotNow ? (error.cause.waitMs ?? 0) : 0;
  return told + pauseMs(attempt);
}
