// A sleep that can be cut short: for loops that poll but should act at once when told.
export class Wakeable {
  #awake = false;
  #resume: (() => void) | undefined;

  /** Ends the current sleep, or makes the next one return at once. */
  wake(): void {
    this.#awake = true;
    this.#resume?.();
  }

  async sleep(ms: number): Promise<void> {
    if (!this.#awake) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#resume = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#resume = undefined;
    this.#awake = false;
  }
}
