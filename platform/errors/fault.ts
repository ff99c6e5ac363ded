// The two things that are thrown on purpose: a Fault (the world failed) and InvalidInput (the caller's bug).
import { type Code, codes } from './codes.ts';

export interface FaultOptions {
  /** Overrides the code's own answer to "may the same request succeed later?". */
  readonly retryable?: boolean;
  /** What the caller should wait before the next attempt. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** The world failed: a peer, a disk, a lock. The message is for an operator and names what to do. */
export class Fault extends Error {
  readonly code: Code;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(code: Code, message: string, options: FaultOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Fault';
    this.code = code;
    this.retryable = options.retryable ?? codes[code].retryable;
    this.retryAfterMs = options.retryAfterMs;
  }
}

export interface InputIssue {
  /** Where in the input: `lines.0.quantity`. */
  readonly path: string;
  /** What is wrong and what would be right. */
  readonly message: string;
}

/** The caller's bug: names every field and its fix; nothing was written. */
export class InvalidInput extends Error {
  readonly code: Code = 'BAD_USER_INPUT';
  readonly issues: readonly InputIssue[];

  constructor(issues: readonly InputIssue[], code: Code = 'BAD_USER_INPUT') {
    super(issues.map((issue) => (issue.path === '' ? issue.message : `${issue.path}: ${issue.message}`)).join('; '));
    this.name = 'InvalidInput';
    this.code = code;
    this.issues = issues;
  }
}
