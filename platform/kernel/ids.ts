// Identifiers: branded strings and the one source of new ones. Random and time-ordered ids are made nowhere else.
import { randomBytes } from 'node:crypto';
import { monotonicFactory } from 'ulid';

declare const brand: unique symbol;

/** A string of one kind: an OrderId is not a CustomerId, although both are ULIDs. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

const nextUlid = monotonicFactory();

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
