// What one client has not read yet, bounded in number and in size. When that is full, older states are given up for newer ones of the
// same thing, until the client has read everything; where there are none, it is too much.
import { type SharedEvent, sizeOf } from './told-event.ts';

export interface Bounds {
  readonly events: number;
  /** Characters of their texts. One event may always wait, however large. */
  readonly size: number;
}

export class Unread {
  readonly #most: Bounds;
  /** In order, by their number: those in the middle can be given up. */
  readonly #events = new Map<number, SharedEvent>();
  /** Number of the last state of each thing. */
  readonly #latest = new Map<string, number>();
  #next = 0;
  #size = 0;
  /** What was there for it when it came: more than fits, perhaps, and not because it is slow. */
  #owed: Bounds = { events: 0, size: 0 };
  #isMerging = false;

  constructor(most: Bounds) {
    this.#most = most;
  }

  get count(): number {
    return this.#events.size;
  }

  get size(): number {
    return this.#size;
  }

  /** Whether it may be fed at leisure: less than half of what may be there is. */
  get hasRoom(): boolean {
    return this.#events.size * 2 <= this.#most.events && this.#size * 2 <= this.#most.size;
  }

  /** False: it does not fit, and nothing can be given up for it. */
  push(event: SharedEvent): boolean {
    if (!this.#fits(event) && !this.#isMerging) this.#merge();
    if (this.#isMerging) this.#giveUp(event.thing);
    if (!this.#fits(event)) return false;
    this.#keep(event);
    return true;
  }

  /** Takes it in any case. */
  owe(event: SharedEvent): void {
    this.#owed = { events: this.#owed.events + 1, size: this.#owed.size + sizeOf(event) };
    this.#keep(event);
  }

  shift(): SharedEvent | undefined {
    for (const [number, event] of this.#events) {
      this.#remove(number, event);
      return event;
    }
    return undefined;
  }

  clear(): void {
    this.#events.clear();
    this.#latest.clear();
    this.#size = 0;
    this.#catchBreath();
  }

  #fits(event: SharedEvent): boolean {
    if (this.#events.size === 0) return true;
    const isFew = this.#events.size < this.#most.events + this.#owed.events;
    return isFew && this.#size + sizeOf(event) <= this.#most.size + this.#owed.size;
  }

  #keep(event: SharedEvent): void {
    this.#next += 1;
    this.#events.set(this.#next, event);
    this.#size += sizeOf(event);
    if (event.thing !== undefined) this.#latest.set(event.thing, this.#next);
  }

  #remove(number: number, event: SharedEvent): void {
    this.#events.delete(number);
    this.#size -= sizeOf(event);
    if (event.thing !== undefined && this.#latest.get(event.thing) === number) this.#latest.delete(event.thing);
    if (this.#events.size === 0) this.#catchBreath();
  }

  /** Of each thing its last state only, where that stands in the order; what is of no thing stays. */
  #merge(): void {
    this.#isMerging = true;
    for (const [number, event] of this.#events) {
      if (event.thing !== undefined && this.#latest.get(event.thing) !== number) this.#remove(number, event);
    }
  }

  #giveUp(thing: string | undefined): void {
    const number = thing === undefined ? undefined : this.#latest.get(thing);
    const older = number === undefined ? undefined : this.#events.get(number);
    if (number !== undefined && older) this.#remove(number, older);
  }

  #catchBreath(): void {
    this.#isMerging = false;
    this.#owed = { events: 0, size: 0 };
  }
}
