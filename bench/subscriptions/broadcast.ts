// The peer: a bare `ws` server that sends one text to all its clients, and knows nothing else.
import { WebSocketServer } from 'ws';
import { serveCommands } from '../kit/control.ts';
import { atNow } from './moment.ts';

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
serveCommands({
  url: () => `ws://127.0.0.1:${(server.address() as { port: number }).port}`,
  tell(text: string) {
    const message = Buffer.from(atNow(text));
    for (const client of server.clients) client.send(message, { binary: false });
  },
});
process.once('SIGTERM', () => process.exit(0));
