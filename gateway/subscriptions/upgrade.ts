// From an HTTP request to a socket: which upgrades are let in, and how much may come in before a client has said who it is. What is
// refused is told its HTTP status and cut off.

import type { Server } from 'node:http';
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { handleProtocols } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { addressOf, trustedProxies } from '../http/client-address.ts';
import { PATH } from '../http/server.ts';
import type { ConnectionQuota, Place } from './connection-quota.ts';
import type { LiveDataLimits } from './limits.ts';
import { isWelcome } from './origin.ts';

export interface UpgradeOptions {
  readonly server: Server;
  readonly limits: LiveDataLimits;
  readonly quota: ConnectionQuota;
}

export interface Arrival {
  readonly socket: WebSocket;
  /** What the socket runs over. */
  readonly wire: Socket;
  readonly request: IncomingMessage;
  readonly address: string;
  readonly place: Place;
}

/** A reader may have much to read before it sees that the socket is closed. */
const PARTING_MS = 5_000;
/** A message in more pieces is an attack. */
const MOST_FRAGMENTS = 1_024;
// NOTE: options that @types/ws does not know yet.
const bounds = { maxFragments: MOST_FRAGMENTS, closeTimeout: PARTING_MS };

export interface Upgrades {
  readonly sockets: WebSocketServer;
  /** Lets nobody in any more. */
  readonly stop: () => void;
}

/** Hands over each socket as it opens. */
export function acceptUpgrades(options: UpgradeOptions, accept: (arrival: Arrival) => void): Upgrades {
  const { server, limits, quota } = options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.messageBytes, handleProtocols, ...bounds });
  const isTrusted = trustedProxies(limits.trustedProxies);
  let stopped = false;
  server.on('upgrade', (request, wire: Socket, head) => {
    // A client that hangs up in the middle of this is no error of ours, and unheard it would end the process.
    wire.on('error', () => wire.destroy());
    if (request.url?.split('?', 1)[0] !== PATH) return refuse(wire, 404);
    if (!isWelcome(request.headers, limits.allowedOrigins)) return refuse(wire, 403);
    if (stopped) return refuse(wire, 503);
    const address = addressOf(request, isTrusted);
    const place = quota.admit(address);
    if (typeof place === 'string') return refuse(wire, place === 'connections' ? 503 : 429);
    wire.once('close', () => place.release());
    // It may have been closed while it waited; there is no second event then.
    if (wire.destroyed) place.release();
    sockets.handleUpgrade(request, wire, head, (socket) => accept({ socket, wire, request, address, place }));
  });
  return { sockets, stop: () => void (stopped = true) };
}

function refuse(wire: Duplex, status: number): void {
  // Only our half would be closed by the answer: a client that keeps its own open would stay.
  wire.once('finish', () => wire.destroy());
  const retry = status === 503 || status === 429 ? 'Retry-After: 5\r\n' : '';
  wire.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n${retry}\r\n`);
}
