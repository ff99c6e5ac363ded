// One event as all its readers get it, and what it weighs while it waits for one of them.
import type { ExecutionResult } from 'graphql';
import { JsonText } from '../engine/engine.ts';

export type Stream = AsyncIterableIterator<ExecutionResult>;

export interface SharedEvent {
  /** Its cursor; null where it tells none. */
  readonly id: string | null;
  /** The thing whose latest state it tells; undefined: every one of its events counts. */
  readonly thing: string | undefined;
  /** Where that state stands among those of its thing; undefined: nothing says so. */
  readonly version: number | undefined;
  /** It tells how things are, in place of what happened. */
  readonly isSnapshot: boolean;
  readonly result: ExecutionResult;
}

const sizes = new WeakMap<ExecutionResult, number>();

/** Characters of its text. Asked for only where it has to wait: most events never do. */
export function sizeOf({ result }: SharedEvent): number {
  const known = sizes.get(result);
  if (known !== undefined) return known;
  const { data, ...rest } = result;
  const isText = (data as unknown) instanceof JsonText;
  const size = isText
    ? (data as unknown as JsonText).text.length + (result.errors ? JSON.stringify(rest).length : 0)
    : JSON.stringify(result).length;
  sizes.set(result, size);
  return size;
}
