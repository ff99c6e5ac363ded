// All clients of one server, in a process of their own. Each says its part of graphql-ws's protocol where it is asked to, and notes when
// each event came. Refuses events that are not the same for all.
import { once } from 'node:events';
import WebSocket from 'ws';
import { serveCommands } from '../kit/control.ts';
import { SUBSCRIPTION } from './graph.ts';
import { msSince } from './moment.ts';
import { tokenOf } from './tokens.ts';

interface Joining {
  readonly url: string;
  readonly count: number;
  readonly subscribes: boolean;
}

const sockets: WebSocket[] = [];
let times: number[] = [];
let event: Buffer | undefined;
let failure: Error | undefined;

function receive(message: Buffer): void {
  times.push(msSince(message));
  event ??= message;
  if (!event.equals(message)) failure = new Error(`not what the others got: ${String(message)}`);
}

async function connect({ url, subscribes }: Joining, client: number): Promise<void> {
  const socket = new WebSocket(url, subscribes ? 'graphql-transport-ws' : [], { perMessageDeflate: false });
  sockets.push(socket);
  await once(socket, 'open');
  socket.on('close', (code, reason) => (failure = new Error(`closed with ${code}: ${String(reason)}`)));
  if (subscribes) {
    const authorization = `Bearer ${await tokenOf(client)}`;
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } }));
    await once(socket, 'message');
    const payload = { query: SUBSCRIPTION, variables: { skus: ['PEN'] } };
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
  }
  socket.on('message', receive);
}

const AT_ONCE = 50;
const PATIENCE_MS = 10_000;

serveCommands({
  async join(joining: Joining) {
    for (let from = 0; from < joining.count; from += AT_ONCE) {
      const group = Array.from({ length: Math.min(AT_ONCE, joining.count - from) }, (_, index) => from + index);
      await Promise.all(group.map((client) => connect(joining, client)));
    }
  },
  /** As many lives: each comes, follows the stream, is told nothing and goes. */
  async visit(joining: Joining) {
    for (let from = 0; from < joining.count; from += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => connect(joining, from + index)));
      const gone = sockets.splice(0).map((socket) => {
        socket.removeAllListeners('close');
        socket.close();
        return once(socket, 'close');
      });
      await Promise.all(gone);
    }
  },
  /** Waits until each client has the event, or for as long as that may take; answers how long it took each, and its text. */
  async received() {
    const until = performance.now() + PATIENCE_MS;
    while (times.length < sockets.length && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    if (failure) throw failure;
    const answer = { times, text: String(event) };
    times = [];
    event = undefined;
    return answer;
  },
});
process.once('SIGTERM', () => process.exit(0));
