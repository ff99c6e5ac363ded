// What a failed statement means: worth the same transaction again, the database is away, or a defect.
import { DatabaseError } from 'pg';
import { Fault, InvalidInput } from '../errors/fault.ts';

const SERIALIZATION_FAILURE = '40001';
const DEADLOCK = '40P01';
const UNIQUE_VIOLATION = '23505';
/** Text with the character U+0000, which PostgreSQL stores nowhere, as text or within jsonb. */
const UNSTORABLE_TEXT = new Set(['22021', '22P05']);

/** Thrown to run the transaction again, e.g. when another one won the race for an idempotency key. */
export class RetryTransaction extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'RetryTransaction';
  }
}

export function isTransient(error: unknown): boolean {
  if (error instanceof RetryTransaction) return true;
  return error instanceof DatabaseError && (error.code === SERIALIZATION_FAILURE || error.code === DEADLOCK);
}

export function isUniqueViolation(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === UNIQUE_VIOLATION;
}

const AWAY = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  '57P01',
  '57P02',
  '57P03',
  '53300',
]);

/** DATABASE_UNAVAILABLE when the server is away or going down, BAD_USER_INPUT for text it cannot keep; anything else as it is. */
export function toFault(error: unknown): unknown {
  if (error instanceof Fault || error instanceof InvalidInput || !(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  // Ids and search texts come here unparsed: still the caller's, not a defect.
  if (UNSTORABLE_TEXT.has(code))
    return new InvalidInput([{ path: '', message: 'a text contains the character U+0000' }]);
  if (AWAY.has(code) || error.message.startsWith('Connection terminated') || error.message.includes('not queryable')) {
    return new Fault('DATABASE_UNAVAILABLE', 'The database cannot be reached', { cause: error, retryAfterMs: 1_000 });
  }
  return error;
}
