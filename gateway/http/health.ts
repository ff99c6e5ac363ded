// /livez: this process answers. /readyz: what it needs to answer is there, it is not overloaded and not about to stop; what is wrong is
// named, so that a load balancer takes it out and a person knows why.
import type { FastifyInstance } from 'fastify';
import type { Logger } from '#platform/telemetry/logger.ts';
import { type Overload, RETRY_AFTER_SECONDS } from './overload.ts';

/** What is needed, by the name it is told under; each is asked when somebody asks us, and rejects when it is not there. */
export type Needs = Readonly<Record<string, () => Promise<unknown>>>;

export interface HealthOptions {
  readonly needs: Needs;
  /** What is told of the supergraph. */
  readonly supergraph: () => object;
  readonly overload: Overload;
  readonly logger: Logger;
}

/** What did not answer by then does not. */
const LONGEST_MS = 2_000;

export class Health {
  readonly #options: HealthOptions;
  #stopping = false;

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  /** From now on not ready: what comes anew is better asked elsewhere. */
  stopping(): void {
    this.#stopping = true;
  }

  serve(app: FastifyInstance): void {
    app.get('/livez', () => ({ status: 'ok' }));
    app.get('/readyz', async (_request, reply) => {
      const { supergraph, overload } = this.#options;
      const failing = await this.#failing();
      const told = { supergraph: supergraph(), overload: overload.status };
      if (failing.length === 0) return { status: 'ok', ...told };
      return reply
        .code(503)
        .header('retry-after', String(RETRY_AFTER_SECONDS))
        .send({ status: 'unavailable', failing, ...told });
    });
  }

  async #failing(): Promise<string[]> {
    const { needs, overload, logger } = this.#options;
    if (this.#stopping) return ['stopping'];
    const asked = Object.entries(needs).map(async ([name, ask]) => {
      try {
        await inTime(ask());
        return [];
      } catch (error) {
        logger.warn({ error, need: name }, 'not ready');
        return [name];
      }
    });
    const failing = (await Promise.all(asked)).flat();
    return overload.isOverloaded ? ['overload', ...failing] : failing;
  }
}

async function inTime(work: Promise<unknown>): Promise<void> {
  let late: NodeJS.Timeout | undefined;
  const limit = new Promise((_, reject) => {
    late = setTimeout(() => reject(new Error(`no answer within ${LONGEST_MS} ms`)), LONGEST_MS);
  });
  try {
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(late);
  }
}

/** The same question is not put again within a second, however many ask. */
export function askedOnceASecond(ask: () => Promise<unknown>, nowMs: () => number): () => Promise<unknown> {
  let last: { readonly at: number; readonly answer: Promise<unknown> } | undefined;
  return () => {
    if (!last || nowMs() - last.at > 1_000) last = { at: nowMs(), answer: ask() };
    return last.answer;
  };
}
