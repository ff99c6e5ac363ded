// One socket as graphql-ws's protocol sees it: messages in order, signs of life, and no more in memory than a client reads.
import type { Server as Protocol } from 'graphql-ws';
import type { Logger } from '#platform/telemetry/logger.ts';
import { BAD_MESSAGE, DEFECT } from './close-codes.ts';
import type { Extra } from './identity.ts';
import type { LiveDataLimits } from './limits.ts';
import type { PayloadTexts } from './payload-text.ts';
import type { Arrival } from './upgrade.ts';

export interface ConnectionOptions {
  readonly protocol: Protocol<Extra>;
  readonly limits: LiveDataLimits;
  readonly logger: Logger;
  readonly texts: PayloadTexts;
}

/** Above this much unread by the client nothing more is read from it: its questions have answers, too. */
const MOST_UNREAD = 1024 * 1024;
const LONGEST_REASON = 123;

export function connect({ protocol, limits, logger, texts }: ConnectionOptions, arrival: Arrival, extra: Extra): void {
  const { socket } = arrival;
  // A frame against the rules; ws closes the socket with the code that says so.
  socket.on('error', (error) => logger.info({ error }, 'a client broke the rules of its socket'));
  keepAlive(arrival, limits.heartbeatMs);
  slowDown(arrival);
  const stopCounting = refuseLongInit(arrival, limits.initBytes);
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: (text) =>
        new Promise((resolve, reject) => {
          // Asked for in any case: it belongs to this message only.
          const message = texts.fill(text);
          if (socket.readyState !== socket.OPEN) return resolve();
          socket.send(message, (error) => (error ? reject(error) : resolve()));
        }),
      close: (code, reason) => socket.close(code, fitting(reason)),
      onMessage: (listener) =>
        socket.on('message', (data: Buffer) => {
          if (socket.readyState !== socket.OPEN) return;
          listener(data.toString()).catch((error: unknown) => {
            // It closed meanwhile: there is nobody to send to.
            if (socket.readyState !== socket.OPEN) return;
            logger.error({ error }, 'defect');
            socket.close(DEFECT, 'An internal error occurred');
          });
        }),
    },
    extra,
  );
  extra.acknowledged = stopCounting;
  socket.once('close', (code, reason) => {
    extra.operations.close();
    void closed(code, String(reason));
  });
}

/** A frame that closes has 123 bytes for its reason; graphql-ws puts a client's id in. */
function fitting(reason = ''): string {
  return Buffer.from(reason).length <= LONGEST_REASON ? reason : `${reason.slice(0, LONGEST_REASON / 4)}…`;
}

/** Nobody has said who it is yet, so it may not send much. */
function refuseLongInit({ socket, wire }: Arrival, most: number): () => void {
  const from = wire.bytesRead;
  const count = () => {
    if (wire.bytesRead - from <= most) return;
    stop();
    socket.close(BAD_MESSAGE, `connection_init may have ${most} bytes`);
  };
  const stop = () => void wire.off('data', count);
  // Before ws reads the same bytes: what closes here is not heard any more.
  wire.prependListener('data', count);
  return stop;
}

/** Ends a client that did not answer the last sign of life. */
function keepAlive({ socket }: Arrival, everyMs: number): void {
  let answered = true;
  socket.on('pong', () => (answered = true));
  const timer = setInterval(() => {
    if (!answered) return socket.terminate();
    answered = false;
    if (socket.readyState === socket.OPEN) socket.ping();
  }, everyMs);
  socket.once('close', () => clearInterval(timer));
}

/** Who asks and does not read the answers is not heard until it does. */
function slowDown({ socket, wire }: Arrival): void {
  const check = () => {
    if (socket.bufferedAmount > MOST_UNREAD && !socket.isPaused) socket.pause();
  };
  socket.on('message', check);
  socket.on('ping', check);
  wire.on('drain', () => {
    if (socket.isPaused && socket.readyState === socket.OPEN) socket.resume();
  });
}
