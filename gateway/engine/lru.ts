// A bounded map that forgets what was not used for longest: so many values, and so much weight of all together.
/** Characters of all operations a cache keeps: what is made of one grows with its text. */
export const MOST_TEXT = 8 * 1024 * 1024;

export class Lru<Key, Value> {
  readonly #values = new Map<Key, { readonly value: Value; readonly weight: number }>();
  readonly #most: number;
  readonly #mostWeight: number;
  #weight = 0;

  constructor(most: number, mostWeight = Number.POSITIVE_INFINITY) {
    this.#most = most;
    this.#mostWeight = mostWeight;
  }

  get size(): number {
    return this.#values.size;
  }

  get(key: Key): Value | undefined {
    const known = this.#values.get(key);
    if (known === undefined) return undefined;
    // Moved to the end, so that the map's order is by last use.
    this.#values.delete(key);
    this.#values.set(key, known);
    return known.value;
  }

  /** What is heavier than all may be together is not kept. */
  set(key: Key, value: Value, weight = 0): void {
    this.delete(key);
    if (weight > this.#mostWeight) return;
    this.#values.set(key, { value, weight });
    this.#weight += weight;
    for (const oldest of this.#values.keys()) {
      if (this.#values.size <= this.#most && this.#weight <= this.#mostWeight) return;
      this.delete(oldest);
    }
  }

  delete(key: Key): void {
    const known = this.#values.get(key);
    if (known === undefined) return;
    this.#values.delete(key);
    this.#weight -= known.weight;
  }
}
