// Of each thing the state that a snapshot told. Nothing older may be told behind it.
import type { SharedEvent } from './told-event.ts';

export class Floor {
  readonly #versions = new Map<string, number>();
  #isComparable = true;

  /** False: it has states of which nothing says which is newer. */
  get isComparable(): boolean {
    return this.#isComparable;
  }

  raise({ thing, version }: SharedEvent): void {
    if (thing === undefined || version === undefined) this.#isComparable = false;
    else this.#versions.set(thing, Math.max(version, this.#versions.get(thing) ?? version));
  }

  isAbove({ isSnapshot, thing, version }: SharedEvent): boolean {
    if (isSnapshot || thing === undefined || version === undefined) return false;
    return version <= (this.#versions.get(thing) ?? Number.NEGATIVE_INFINITY);
  }
}
