// Connections that were opened and have asked nothing: browsers open such ahead of need. Node takes them for busy, and a server that
// closes would wait for them until its patience ends.
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

export function closeSilentFirst(app: FastifyInstance): void {
  const silent = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  app.server.on('request', ({ socket }) => silent.delete(socket));
  app.server.on('upgrade', ({ socket }) => silent.delete(socket));
  app.addHook('preClose', (done) => {
    for (const socket of silent) socket.destroy();
    done();
  });
}
