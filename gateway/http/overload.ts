// When there is more to do than this process can: requests beyond a number are refused at once instead of waiting with all the others,
// and /readyz says so, as it does when the process is late for everything.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { PATH } from './server.ts';

export interface OverloadOptions {
  /** Requests for the graph answered at the same time. */
  readonly mostInFlight: number;
  /** Lateness of the event loop, on average over a second, from which on this process is not ready. */
  readonly latestMs: number;
}

export const usualOverload: OverloadOptions = { mostInFlight: 2_000, latestMs: 500 };
export const RETRY_AFTER_SECONDS = 1;
const LOOKS_EVERY_MS = 1_000;

export class Overload {
  readonly #options: OverloadOptions;
  readonly #delay = monitorEventLoopDelay({ resolution: 20 });
  readonly #timer: NodeJS.Timeout;
  #inFlight = 0;
  #lateMs = 0;

  constructor(options: OverloadOptions) {
    this.#options = options;
    this.#delay.enable();
    this.#timer = setInterval(() => {
      this.#lateMs = Number.isNaN(this.#delay.mean) ? 0 : Math.round(this.#delay.mean / 1e6);
      this.#delay.reset();
    }, LOOKS_EVERY_MS);
    this.#timer.unref();
  }

  get status(): { readonly inFlight: number; readonly lateMs: number } {
    return { inFlight: this.#inFlight, lateMs: this.#lateMs };
  }

  get isOverloaded(): boolean {
    return this.#inFlight >= this.#options.mostInFlight || this.#lateMs > this.#options.latestMs;
  }

  /** After the hooks of live data: streams have limits of their own and are not counted. */
  guard(app: FastifyInstance): void {
    app.addHook('preHandler', (request, reply, done) => {
      if (request.routeOptions.url !== PATH) return done();
      if (this.#inFlight >= this.#options.mostInFlight) return void refuse(reply);
      this.#inFlight += 1;
      // Also when the client has gone before it was answered.
      reply.raw.once('close', () => {
        this.#inFlight -= 1;
      });
      done();
    });
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#delay.disable();
  }
}

function refuse(reply: FastifyReply): FastifyReply {
  const extensions = { code: 'OVERLOADED', retryAfterMs: RETRY_AFTER_SECONDS * 1_000 };
  return reply
    .code(503)
    .header('retry-after', String(RETRY_AFTER_SECONDS))
    .send({ errors: [{ message: 'The gateway has more requests than it can answer; ask again', extensions }] });
}
