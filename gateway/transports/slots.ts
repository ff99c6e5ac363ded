// A number of places, and a bounded line of those who wait for one. Who waits too long, or for whom nobody waits any more, leaves the line.
export class Slots {
  #free: number;
  readonly #longest: number;
  readonly #line = new Set<() => void>();

  constructor(places: number, longest: number) {
    this.#free = places;
    this.#longest = longest;
  }

  /** True: a place was free and is taken. */
  takeNow(): boolean {
    if (this.#free === 0) return false;
    this.#free -= 1;
    return true;
  }

  /** Resolves to true with a place, to false when none came free in time or the signal came; undefined where the line is full. */
  wait(ms: number, signal?: AbortSignal): Promise<boolean> | undefined {
    if (this.#line.size >= this.#longest) return undefined;
    return new Promise((resolve) => {
      const leave = (taken: boolean) => {
        clearTimeout(timer);
        this.#line.delete(enter);
        signal?.removeEventListener('abort', giveUp);
        resolve(taken);
      };
      const enter = () => leave(true);
      const giveUp = () => leave(false);
      const timer = setTimeout(giveUp, ms);
      signal?.addEventListener('abort', giveUp);
      this.#line.add(enter);
    });
  }

  give(): void {
    const [first] = this.#line;
    // The place goes on to who waits longest; it is never free in between.
    if (first) first();
    else this.#free += 1;
  }
}
