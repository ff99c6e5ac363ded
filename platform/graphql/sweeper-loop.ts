// Runs a sweeper every so often until stopped; a failure is logged and tried again at the next turn.
import { Wakeable } from '../messaging/wakeable.ts';
import type { Logger } from '../telemetry/logger.ts';
import { Outage } from '../telemetry/outage.ts';
import type { Sweeper } from './subgraph-module.ts';

export class SweeperLoop {
  readonly #sweeper: Sweeper;
  readonly #outage: Outage;
  readonly #wake = new Wakeable();
  #running: Promise<void> | undefined;
  #stopping = false;

  constructor(sweeper: Sweeper, logger: Logger) {
    this.#sweeper = sweeper;
    this.#outage = new Outage(logger, { sweeper: sweeper.name });
  }

  start(): void {
    this.#running = this.#loop();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake.wake();
    await this.#running;
  }

  async #loop(): Promise<void> {
    while (!this.#stopping) {
      let done = 0;
      try {
        done = await this.#sweeper.run();
        this.#outage.over();
      } catch (error) {
        this.#outage.failed(error, 'sweep failed; trying again');
      }
      if (done === 0) await this.#wake.sleep(this.#sweeper.everyMs);
    }
  }
}
