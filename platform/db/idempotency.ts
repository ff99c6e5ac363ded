// One effect per idempotency key: the outcome of a command is stored with its effects, in the same transaction, and answered
// again for the same key and input. Refuses another input under the key. A duplicate in flight waits for the first.

import { z } from 'zod';
import { canonicalJson, sha256Hex } from '../kernel/canonical.ts';
import type { Database, TransactionOptions, Writer } from './database.ts';
import { isUniqueViolation } from './failures.ts';
import { command, statement } from './statement.ts';

export interface IdempotencyScope {
  /** OAuth client or device, never the user: a ticket sent again under another cashier's token is the same ticket. */
  readonly clientId: string;
  /** The mutation's name. */
  readonly operation: string;
  readonly key: string;
  /** The parsed input without the key. */
  readonly input: unknown;
  readonly now: Date;
}

/** What is kept of an outcome: its type, ids and values; never response text. */
export interface StoredOutcome {
  readonly type: string;
  readonly [value: string]: unknown;
}

export interface IdempotencyConflict {
  readonly __typename: 'IdempotencyConflict';
  readonly code: 'IDEMPOTENCY_CONFLICT';
  readonly message: string;
}

export const idempotencyConflict: IdempotencyConflict = {
  __typename: 'IdempotencyConflict',
  code: 'IDEMPOTENCY_CONFLICT',
  message: 'This idempotency key was used before with another input; use a new key for a new command',
};

export interface IdempotentWork<Outcome, Loaded = unknown> {
  /** Reads that do not depend on an earlier run: they travel with the look for one, and are for nothing when there was one. */
  readonly load?: (tx: Writer) => Promise<Loaded>;
  /** The effect: runs at most once per key. */
  readonly run: (tx: Writer, loaded: Loaded) => Promise<Outcome>;
  /** What to keep so that `restore` can answer the same later. */
  readonly keep: (outcome: Outcome) => StoredOutcome;
  /** The answer of an earlier run. Runs in the transaction that found it. */
  readonly restore: (stored: StoredOutcome, tx: Writer) => Promise<Outcome>;
}

/** As every mutation's `idempotencyKey` promises. */
const KEPT_MS = 30 * 24 * 3_600_000;
const FORGOTTEN_AT_ONCE = 5_000;

const find = statement(
  'idempotency.find',
  'select request_hash, outcome from idempotency where client_id = $1 and operation = $2 and key = $3',
  z.object({ request_hash: z.string(), outcome: z.looseObject({ type: z.string() }) }),
);
const keep = command(
  'idempotency.keep',
  'insert into idempotency (client_id, operation, key, request_hash, outcome, created_at) values ($1, $2, $3, $4, $5, $6)',
);

// In steps: one delete of a year's keys would hold their locks and its log for minutes.
const forget = command(
  'idempotency.forget',
  `delete from idempotency where (client_id, operation, key) in (
     select client_id, operation, key from idempotency where created_at < $1 order by created_at limit ${FORGOTTEN_AT_ONCE}
   )`,
);

/** Forgets outcomes older than 30 days, the oldest first; answers how many, which is less than 5,000 when no more are left. */
export function forgetOutcomes(db: Database, now: Date): Promise<number> {
  const before = new Date(now.getTime() - KEPT_MS);
  return db.transaction('forgetOutcomes', (tx) => tx.run(forget, [before]));
}

/** Runs the work in a transaction named after the operation, once per key. */
export async function idempotently<Outcome, Loaded = unknown>(
  db: Database,
  scope: IdempotencyScope,
  work: IdempotentWork<Outcome, Loaded>,
  options: TransactionOptions = {},
): Promise<Outcome | IdempotencyConflict> {
  const hash = sha256Hex(canonicalJson(scope.input));
  const attempt = () =>
    db.transaction(
      scope.operation,
      async (tx) => {
        const [earlier, loaded] = await Promise.all([
          tx.one(find, [scope.clientId, scope.operation, scope.key]),
          work.load?.(tx),
        ]);
        if (earlier) return earlier.request_hash === hash ? work.restore(earlier.outcome, tx) : idempotencyConflict;
        const outcome = await work.run(tx, loaded as Loaded);
        const kept = JSON.stringify(work.keep(outcome));
        tx.defer(keep, [scope.clientId, scope.operation, scope.key, hash, kept, scope.now]);
        return outcome;
      },
      options,
    );
  // A key (ours, or a natural one of the command's) was free when we looked and taken when we wrote: the winner has
  // committed, so the second look finds what it did.
  return attempt().catch((error: unknown) => {
    if (isUniqueViolation(error)) return attempt();
    throw error;
  });
}
