// From an HTTP request to a socket: which upgrades are let in.
import type { IncomingMessage, Server } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { PATH } from '../http/server.ts';

const LARGEST_MESSAGE = 1024 * 1024;

/** Hands over each socket as it opens. */
export function acceptUpgrades(
  server: Server,
  accept: (socket: WebSocket, request: IncomingMessage) => void,
): WebSocketServer {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LARGEST_MESSAGE });
  server.on('upgrade', (request, socket, head) => {
    // A client that hangs up in the middle of this is no error of ours, and unheard it would end the process.
    socket.on('error', () => socket.destroy());
    if (request.url?.split('?', 1)[0] !== PATH) {
      socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (connection) => accept(connection, request));
  });
  return sockets;
}
