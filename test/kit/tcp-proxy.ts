// A TCP proxy that stands before a server and does to its connections what networks do: wait, swallow, reset, cut, babble. It counts what
// came through to it.

import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

/** What happens to one connection. `received` is what the client has sent when it begins. */
export type Fault = (client: Socket, received: Buffer, upstreamPort: number) => void;

export interface TcpProxy {
  readonly port: number;
  /** Everything clients have sent since the fault was set, one text per request. */
  readonly received: () => readonly string[];
  /** Faults of the next requests, in order; the last one goes on. */
  behave(...faults: readonly Fault[]): void;
  close(): Promise<void>;
}

export async function tcpProxy(upstreamPort: number): Promise<TcpProxy> {
  let faults: readonly Fault[] = [through];
  let received: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    sockets.add(client);
    client.on('error', () => client.destroy());
    client.once('close', () => sockets.delete(client));
    client.on('data', (bytes) => {
      received.push(bytes.toString('latin1'));
      const [fault = through] = faults;
      if (faults.length > 1) faults = faults.slice(1);
      fault(client, bytes, upstreamPort);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    received: () => received,
    behave(...next) {
      faults = next;
      received = [];
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Sends on what was received and gives the whole answer, as far as the upstream sends one in its own time. */
function ask(received: Buffer, upstreamPort: number, then: (answer: Buffer) => void): void {
  const upstream = connect(upstreamPort, '127.0.0.1', () => upstream.write(received));
  const chunks: Buffer[] = [];
  const over = () => upstream.destroy();
  upstream.on('error', over);
  upstream.on('data', (chunk) => {
    chunks.push(chunk);
    const answer = Buffer.concat(chunks);
    // The servers behind it end their answers with a line of their own.
    if (!answer.toString('latin1').endsWith('\n\n')) return;
    over();
    then(answer);
  });
}

export const through: Fault = (client, received, port) => ask(received, port, (answer) => client.write(answer));
export const after =
  (ms: number): Fault =>
  (client, received, port) =>
    ask(received, port, (answer) => void setTimeout(() => client.write(answer), ms));
export const blackHole: Fault = () => undefined;
export const resetAtOnce: Fault = (client) => client.resetAndDestroy();
export const resetAfterwards: Fault = (client, received, port) => ask(received, port, () => client.resetAndDestroy());
export const truncated: Fault = (client, received, port) =>
  ask(received, port, (answer) => client.end(answer.subarray(0, answer.length - 8)));
export const says =
  (...parts: readonly string[]): Fault =>
  (client) =>
    client.end(parts.join('\r\n'), 'latin1');
export const drips: Fault = (client) => {
  client.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n');
  const timer = setInterval(() => client.write(' '), 20);
  client.once('close', () => clearInterval(timer));
};
export const floods: Fault = (client) => {
  client.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{"data":{"level":"');
  const pour = () => {
    while (!client.destroyed && client.write('x'.repeat(65_536)));
  };
  client.on('drain', pour);
  pour();
};
