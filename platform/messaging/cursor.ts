// Signed cursors: a place in a log or a list that a client may hold but not make. Bound to a purpose, to no principal.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { InvalidInput } from '../errors/fault.ts';

/** A place in an event log: which log, which life of it, how far. */
export interface LogPosition {
  readonly logId: string;
  readonly epoch: number;
  readonly position: number;
}

const SIGNATURE_BYTES = 12;

function signature(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest().subarray(0, SIGNATURE_BYTES);
}

/** `kind` says what the cursor is for, so that one list's cursor is refused by another. */
export function signCursor(key: Buffer, kind: string, value: string): string {
  const text = `${kind}\n${value}`;
  return Buffer.concat([signature(key, text), Buffer.from(text)]).toString('base64url');
}

/** The value of a cursor of that kind. Throws INVALID_CURSOR for a malformed, altered or foreign one. */
export function openCursor(key: Buffer, kind: string, cursor: string, path = 'after'): string {
  const bytes = Buffer.from(cursor, 'base64url');
  const given = bytes.subarray(0, SIGNATURE_BYTES);
  const text = bytes.subarray(SIGNATURE_BYTES).toString('utf8');
  const refuse = (message: string) => new InvalidInput([{ path, message }], 'INVALID_CURSOR');
  const valid = given.length === SIGNATURE_BYTES && timingSafeEqual(given, signature(key, text));
  if (!valid) throw refuse('is no cursor of this graph; send one exactly as it was received, or none to begin');
  if (!text.startsWith(`${kind}\n`)) throw refuse('belongs to another list or subscription; leave it out to begin');
  return text.slice(kind.length + 1);
}

export function signLogCursor(key: Buffer, at: LogPosition): string {
  return signCursor(key, 'log', `${at.logId}.${at.epoch}.${at.position}`);
}

export function openLogCursor(key: Buffer, cursor: string): LogPosition {
  const [logId = '', epoch, position] = openCursor(key, 'log', cursor).split('.');
  return { logId, epoch: Number(epoch), position: Number(position) };
}
