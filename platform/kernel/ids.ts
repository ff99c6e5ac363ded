// Identifiers: branded strings and the one source of new ones. Random and time-ordered ids are made nowhere else.
import { randomFillSync } from 'node:crypto';
import { monotonicFactory } from 'ulid';

declare const brand: unique symbol;

/** A string of one kind: an OrderId is not a CustomerId, although both are ULIDs. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

// Drawn from the system in blocks: a sale needs some 80 bytes, and a draw for each cost 0.15 ms of it.
const block = Buffer.alloc(4_096);
let used = block.length;

function randomBytes(count: number): Buffer {
  if (count > block.length) return randomFillSync(Buffer.alloc(count));
  if (used + count > block.length) {
    randomFillSync(block);
    used = 0;
  }
  used += count;
  return block.subarray(used - count, used);
}

const nextUlid = monotonicFactory(() => (randomBytes(1)[0] ?? 0) / 256);

/** A new ULID: 26 characters, sortable by creation, monotonic within a process. */
export function newId<T extends string = string>(): T {
  return nextUlid() as T;
}

const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

export function isId(text: string): boolean {
  return ULID.test(text);
}

/** `bytes` random bytes as lower-case hexadecimal: trace ids, secrets. */
export function randomHex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}

/** From 0 up to 1: for pauses that must not be the same everywhere. */
export function randomFraction(): number {
  return randomBytes(4).readUInt32LE() / 2 ** 32;
}
