// Server-sent events to one client: whole messages, no faster than the client reads, a sign of life between them. Ends a client
// that takes nothing for two signs of life.
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

export interface EventMessage {
  /** What a client sends back as Last-Event-ID; null: it keeps the one before. */
  readonly id?: string | null;
  readonly event: 'next' | 'complete';
  /** Without line breaks, as JSON is. */
  readonly data: string;
}

/** How long a client may take to read the end. */
const PARTING_MS = 1_000;
const SIGN_OF_LIFE = ':\n\n';
const MOST_MISSED = 2;

export function textOfMessage({ id, event, data }: EventMessage): string {
  return `${id ? `id: ${id}\n` : ''}event: ${event}\ndata:${data === '' ? '' : ' '}${data}\n\n`;
}

/** When a client comes back by itself after the connection was lost. */
export function retryHint(ms: number): string {
  return `retry: ${ms}\n\n`;
}

export class EventWriter {
  readonly #response: ServerResponse;
  readonly #heartbeat: NodeJS.Timeout;
  #missed = 0;

  constructor(
    response: ServerResponse,
    options: { readonly headers: OutgoingHttpHeaders; readonly retryMs: number; readonly heartbeatMs: number },
  ) {
    this.#response = response;
    response.writeHead(200, {
      ...options.headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      // nginx would else hold events back until its buffer is full.
      'x-accel-buffering': 'no',
    });
    // Some browsers open the stream with its first bytes only.
    response.write(retryHint(options.retryMs));
    this.#heartbeat = setInterval(() => this.#beat(), options.heartbeatMs);
    response.once('close', () => clearInterval(this.#heartbeat));
    // A connection that breaks is closed, too: nobody is left to be told.
    response.on('error', () => undefined);
  }

  get isOpen(): boolean {
    return !this.#response.writableEnded && !this.#response.destroyed;
  }

  onClose(listener: () => void): void {
    if (this.#response.closed) listener();
    else this.#response.once('close', listener);
  }

  /** Settles when there is room for more, or nobody left to read. */
  async write(message: EventMessage): Promise<void> {
    if (!this.isOpen || this.#response.write(textOfMessage(message))) return;
    await new Promise<void>((resolve) => {
      const settle = () => {
        this.#response.off('drain', settle);
        this.#response.off('close', settle);
        resolve();
      };
      this.#response.on('drain', settle);
      this.#response.on('close', settle);
    });
  }

  /** Sends the last of it; cuts off a client that does not read it. */
  end(text: string): void {
    if (!this.isOpen) return;
    clearInterval(this.#heartbeat);
    const late = setTimeout(() => this.#response.destroy(), PARTING_MS);
    this.#response.once('close', () => clearTimeout(late));
    this.#response.end(text);
  }

  #beat(): void {
    if (!this.#response.writableNeedDrain) {
      this.#missed = 0;
      this.#response.write(SIGN_OF_LIFE);
      return;
    }
    this.#missed += 1;
    if (this.#missed >= MOST_MISSED) this.#response.destroy();
  }
}
