// One HTTP request and its answer, collected as it comes: no stream, no second copy. Too large an answer ends it, and so does its
// deadline or its client's departure, whatever it waits for: a request without a connection by then is never sent.
import type { Dispatcher } from 'undici';
import { abandoned } from '../departure.ts';

export interface Received {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

/** The answer has more bytes than are taken. */
export class TooLarge extends Error {}

/** Why a request failed that must not be sent again. */
export class NotAgain extends Error {}

export interface Limits {
  /** Bytes of the answer. */
  readonly most: number;
  readonly ms: number;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined;
}

type Controller = Dispatcher.DispatchController;

export class Exchange implements Dispatcher.DispatchHandler {
  readonly #most: number;
  readonly #resolve: (received: Received) => void;
  readonly #reject: (cause: Error) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #signal: AbortSignal | undefined;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #status = 0;
  #contentType = '';
  #retryAfter: string | undefined;
  #controller: Controller | undefined;
  #ended: Error | undefined;

  constructor({ most, ms, signal }: Limits, resolve: (received: Received) => void, reject: (cause: Error) => void) {
    this.#most = most;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = setTimeout(late, ms, this);
    this.#signal = signal;
    signal?.addEventListener('abort', this);
  }

  /** The client has gone. */
  handleEvent(): void {
    this.callOff(abandoned());
  }

  callOff(cause: Error): void {
    this.#heedNothing();
    this.#ended ??= cause;
    this.#controller?.abort(cause);
    this.#reject(cause);
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    if (this.#ended) controller.abort(this.#ended);
  }

  onResponseStart(
    _controller: Controller,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#status = status;
    const { 'content-type': contentType, 'retry-after': retryAfter } = headers;
    if (typeof contentType === 'string') this.#contentType = contentType;
    if (typeof retryAfter === 'string') this.#retryAfter = retryAfter;
  }

  onResponseData(_controller: Controller, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#most) this.callOff(new TooLarge(`more than ${this.#most} bytes`));
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#heedNothing();
    const [only] = this.#chunks;
    const bytes = this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks, this.#bytes);
    this.#resolve({
      status: this.#status,
      contentType: this.#contentType,
      retryAfter: this.#retryAfter,
      text: bytes.toString('utf8'),
    });
  }

  onResponseError(_controller: Controller, cause: Error): void {
    this.#heedNothing();
    this.#reject(cause);
  }

  #heedNothing(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this);
  }
}

function late(exchange: Exchange): void {
  exchange.callOff(new NotAgain('no answer by the deadline'));
}
