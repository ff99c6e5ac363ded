// A WebSocket client without manners: it sends whatever bytes a test gives it, answers nothing by itself, and tells what came.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { sleep } from '#platform/kernel/clock.ts';

const PATIENCE_MS = 10_000;

export interface FrameOptions {
  readonly opcode?: number;
  /** False: more of the message follows. */
  readonly fin?: boolean;
  /** Reserved bits; none may be set. */
  readonly reserved?: number;
  /** Clients must. */
  readonly masked?: boolean;
  /** What the frame says of its length, when that is not true. */
  readonly length?: number;
}

export const TEXT = 1;
export const CONTINUATION = 0;
export const CLOSE = 8;
export const PING = 9;

/** One frame as a client sends it. */
export function frame(payload: string | Buffer, options: FrameOptions = {}): Buffer {
  const { opcode = TEXT, fin = true, reserved = 0, masked = true } = options;
  const body = Buffer.from(payload);
  const length = options.length ?? body.length;
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  const mask = masked ? 0x80 : 0;
  let head: Buffer;
  if (length < 126) head = Buffer.from([first, mask | length]);
  else if (length < 65_536) head = Buffer.from([first, mask | 126, length >> 8, length & 0xff]);
  else {
    head = Buffer.alloc(10);
    head.set([first, mask | 127]);
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  // A mask of nulls is one, too.
  return Buffer.concat([head, masked ? Buffer.alloc(4) : Buffer.alloc(0), body]);
}

export interface RawSocket {
  readonly wire: Socket;
  /** Of the answer to the upgrade. */
  readonly status: number;
  /** Of the answer to the upgrade, as they came. */
  readonly headers: string;
  send(...messages: (object | Buffer)[]): void;
  /** The next message; throws when the socket is closed before, or after ten seconds. */
  next(): Promise<Record<string, unknown>>;
  /** The code the server closes with; undefined when it cuts the connection without one. */
  closed(): Promise<number | undefined>;
}

export interface RawOptions {
  readonly protocol?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: string;
}

/** Asks for a socket and waits for the answer, whatever it is. */
export async function rawSocket(url: string, options: RawOptions = {}): Promise<RawSocket> {
  const { protocol = 'graphql-transport-ws', headers = {} } = options;
  const { hostname, port, host, pathname } = new URL(url);
  const wire = connect(Number(port), hostname);
  wire.on('error', () => undefined);
  await once(wire, 'connect');
  const lines = {
    host,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
    ...(protocol === null ? {} : { 'sec-websocket-protocol': protocol }),
    ...headers,
  };
  const text = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  wire.write(`GET ${options.path ?? pathname} HTTP/1.1\r\n${text.join('')}\r\n`);
  return new Reading(wire).opened();
}

class Reading {
  readonly #wire: Socket;
  #bytes = Buffer.alloc(0);
  #wake: () => void = () => undefined;
  #ended = false;

  constructor(wire: Socket) {
    this.#wire = wire;
    wire.on('data', (data) => {
      this.#bytes = Buffer.concat([this.#bytes, data]);
      this.#wake();
    });
    wire.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  async opened(): Promise<RawSocket> {
    await this.#until(() => this.#bytes.includes('\r\n\r\n'));
    const end = this.#bytes.indexOf('\r\n\r\n');
    const headers = this.#bytes.subarray(0, Math.max(end, 0)).toString();
    this.#bytes = this.#bytes.subarray(end + 4);
    return {
      wire: this.#wire,
      status: Number(/^HTTP\/1.1 (\d+)/.exec(headers)?.[1]),
      headers,
      send: (...messages) => {
        for (const message of messages) {
          this.#wire.write(Buffer.isBuffer(message) ? message : frame(JSON.stringify(message)));
        }
      },
      next: async () => {
        const found = await this.#frame((opcode) => opcode === TEXT || opcode === CLOSE);
        if (found?.opcode !== TEXT)
          throw new Error(`closed with ${found?.payload.readUInt16BE()} instead of a message`);
        return JSON.parse(found.payload.toString()) as Record<string, unknown>;
      },
      closed: async () => (await this.#frame((opcode) => opcode === CLOSE))?.payload.readUInt16BE(),
    };
  }

  /** The next frame of interest; undefined at the end. */
  async #frame(isMeant: (opcode: number) => boolean): Promise<{ opcode: number; payload: Buffer } | undefined> {
    for (;;) {
      const found = this.#take();
      if (found && isMeant(found.opcode)) return found;
      if (found) continue;
      if (this.#ended) return undefined;
      const had = this.#bytes.length;
      await this.#until(() => this.#bytes.length > had);
    }
  }

  #take(): { opcode: number; payload: Buffer } | undefined {
    const bytes = this.#bytes;
    if (bytes.length < 2) return undefined;
    const short = (bytes[1] ?? 0) & 0x7f;
    const from = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length < from) return undefined;
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (bytes.length < from + length) return undefined;
    this.#bytes = bytes.subarray(from + length);
    return { opcode: (bytes[0] ?? 0) & 0x0f, payload: bytes.subarray(from, from + length) };
  }

  async #until(isDone: () => boolean): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!isDone() && !this.#ended) {
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`nothing came within ${PATIENCE_MS} ms`);
      await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), sleep(left)]);
    }
  }
}
