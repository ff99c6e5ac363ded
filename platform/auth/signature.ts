// Signed requests between gateway and subgraph: HMAC over time, method, path, principal and body. Refuses old, altered, unsigned.
import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto';

export const SIGNATURE_HEADER = 'x-tillgraph-signature';

/** Accepted difference between the two machines' clocks. */
const TOLERANCE_MS = 60_000;

export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  /** The serialised principal; empty for none. */
  readonly principal: string;
  readonly body: string;
}

const keyObjects = new WeakMap<Buffer, KeyObject>();

/** A key is made ready once, not for every request. */
function keyObjectOf(key: Buffer): KeyObject {
  const known = keyObjects.get(key);
  if (known) return known;
  const made = createSecretKey(key);
  keyObjects.set(key, made);
  return made;
}

/** The last one: the fetches of one request come one after the other, under the same principal. */
let hashed = { principal: '', digest: hash('sha256', '') };

function principalHash(principal: string): string {
  if (hashed.principal !== principal) hashed = { principal, digest: hash('sha256', principal) };
  return hashed.digest;
}

function digest(key: Buffer, atMs: number, request: SignedRequest): Buffer {
  const body = hash('sha256', request.body);
  return createHmac('sha256', keyObjectOf(key))
    .update(`${atMs}\n${request.method}\n${request.path}\n${principalHash(request.principal)}\n${body}`)
    .digest();
}

/** The value of SIGNATURE_HEADER: `<milliseconds>.<base64url>`. */
export function signRequest(key: Buffer, nowMs: number, request: SignedRequest): string {
  return `${nowMs}.${digest(key, nowMs, request).toString('base64url')}`;
}

export function verifyRequest(key: Buffer, nowMs: number, signature: string, request: SignedRequest): boolean {
  const dot = signature.indexOf('.');
  const atMs = Number(signature.slice(0, dot));
  if (dot < 1 || !Number.isSafeInteger(atMs) || Math.abs(nowMs - atMs) > TOLERANCE_MS) return false;
  const given = Buffer.from(signature.slice(dot + 1), 'base64url');
  const expected = digest(key, atMs, request);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
