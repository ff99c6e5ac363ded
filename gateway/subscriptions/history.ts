// What a shared stream told lately, so that who comes back soon needs no upstream. Bounded in number and in size.
import { type SharedEvent, sizeOf } from './told-event.ts';
import type { Bounds } from './unread.ts';

export class History {
  readonly #most: Bounds;
  #events: SharedEvent[] = [];
  #size = 0;

  constructor(most: Bounds) {
    this.#most = most;
  }

  push(event: SharedEvent): void {
    this.#events.push(event);
    this.#size += sizeOf(event);
    // A quarter more than that, so that it is not cut for each event.
    if (this.#events.length > this.#most.events * 1.25 || this.#size > this.#most.size * 1.25) this.#cut();
  }

  /** What was told since the cursor, from the first event that has it; undefined where it is not remembered. */
  since(cursor: string): readonly SharedEvent[] | undefined {
    const index = this.#events.findIndex(({ id }) => id === cursor);
    return index < 0 ? undefined : this.#events.slice(index + 1);
  }

  forget(): void {
    this.#events = [];
    this.#size = 0;
  }

  #cut(): void {
    let from = Math.max(0, this.#events.length - this.#most.events);
    for (const event of this.#events.slice(0, from)) this.#size -= sizeOf(event);
    for (; this.#size > this.#most.size && from < this.#events.length; from += 1) {
      this.#size -= sizeOf(this.#events[from] as SharedEvent);
    }
    this.#events = this.#events.slice(from);
  }
}
