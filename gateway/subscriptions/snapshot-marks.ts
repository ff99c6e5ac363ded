// Which events of one upstream are a snapshot's. Most say so; else their cursors do: the one that called for the snapshot, until the last,
// which has the one to go on from.
import type { SharedEvent } from './told-event.ts';

export class SnapshotMarks {
  readonly #after: string | undefined;
  #isBeforeLast = false;

  /** `after`: what the upstream was opened behind. */
  constructor(after: string | undefined) {
    this.#after = after;
  }

  marked(event: SharedEvent): SharedEvent {
    const mayBeLast = this.#isBeforeLast;
    this.#isBeforeLast = event.id !== null && event.id === this.#after;
    const isSnapshot = event.isSnapshot || this.#isBeforeLast || mayBeLast;
    return isSnapshot === event.isSnapshot ? event : { ...event, isSnapshot };
  }
}
