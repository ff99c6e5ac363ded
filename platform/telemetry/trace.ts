// What one request or one event is part of: W3C trace and business transaction, carried through awaits.
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomHex } from '../kernel/ids.ts';

export interface Trace {
  /** W3C traceparent: `00-<trace id>-<span id>-01`. */
  readonly traceparent: string;
  /** One business transaction from the till to its posting; the first event's correlation id. */
  readonly correlationId?: string | undefined;
  /** The event that caused this work, if an event did. */
  readonly causationId?: string | undefined;
}

const storage = new AsyncLocalStorage<Trace>();
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

export function newTraceparent(): string {
  return `00-${randomHex(16)}-${randomHex(8)}-01`;
}

/** The caller's traceparent if it is well formed, else a new one. */
export function continueTrace(incoming: string | undefined): string {
  return incoming !== undefined && TRACEPARENT.test(incoming) ? incoming : newTraceparent();
}

export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}

export function runInTrace<T>(trace: Trace, run: () => T): T {
  return storage.run(trace, run);
}

export function currentTrace(): Trace | undefined {
  return storage.getStore();
}
