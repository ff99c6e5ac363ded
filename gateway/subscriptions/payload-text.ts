// The text of an answer that many sockets send, made once. graphql-ws writes each message itself: it is given a mark in the place of the
// payload, and the message's own text gets the payload's in its stead.
import type { FormattedExecutionResult } from 'graphql';
import type { Logger } from '#platform/telemetry/logger.ts';
import { textOf } from '../http/result-text.ts';
import { masked } from './stream.ts';

const MARK = 'payload';
const END = `"payload":"${MARK}"}`;

export class PayloadTexts {
  readonly #logger: Logger;
  readonly #texts = new WeakMap<object, string>();
  /** Of the message being written. */
  #pending: string | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** What graphql-ws is given as the payload. */
  standIn(result: object): FormattedExecutionResult {
    const text = this.#textOf(result);
    const mark = {
      toJSON: () => {
        this.#pending = text;
        return MARK;
      },
    };
    return mark as FormattedExecutionResult;
  }

  /** The message as it is sent; called right after it was written. */
  fill(message: string): string {
    const text = this.#pending;
    if (text === undefined) return message;
    this.#pending = undefined;
    return message.endsWith(END) ? `${message.slice(0, -MARK.length - 3)}${text}}` : message;
  }

  #textOf(result: object): string {
    const known = this.#texts.get(result);
    if (known !== undefined) return known;
    const text = textOf(masked(result, this.#logger) as never).trimEnd();
    this.#texts.set(result, text);
    return text;
  }
}
