// Random lives of clients on one shared stream: they come, go, pause, lose their socket and come back behind their last cursor, while the
// subgraph's connection breaks and the gateway restarts. Each is told every event once and in order. LIVE_SEEDS sets how many lives are
// tried, LIVE_SEED which one.
import { afterEach, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { sleep } from '#platform/kernel/clock.ts';
import { randomFrom } from '../kit/federation/random-operation.ts';
import { type LiveSocket, type LiveStream, liveSocket } from '../kit/live-socket.ts';
import { runTicker, type Ticker } from '../kit/ticker.ts';

const ACTIONS = 120;
const MOST_CLIENTS = 12;
/** The same stream asked for in several ways: literal or variable, with and without the cursor in view. */
const FORMS = [
  'subscription ($after: Cursor) { ticked(after: $after) { cursor n } }',
  'subscription ($after: Cursor) { ticked(after: $after) { n cursor text } }',
];
const first = Number(process.env.LIVE_SEED ?? 1);
const seeds = Array.from({ length: Number(process.env.LIVE_SEEDS ?? 2) }, (_, index) => first + index);

/** One client and what it was told, over all its sockets: it comes back behind its last cursor until it leaves. */
class Client {
  readonly told: number[] = [];
  readonly #form: string;
  readonly #ticker: Ticker;
  #cursor: string | undefined;
  #socket: LiveSocket | undefined;
  #running: Promise<void> | undefined;
  #isThere = false;

  constructor(ticker: Ticker, form: string) {
    this.#ticker = ticker;
    this.#form = form;
  }

  come(): void {
    this.#isThere = true;
    this.#running ??= this.#run();
  }

  async leave(): Promise<void> {
    this.#isThere = false;
    await this.drop();
    await this.#running;
    this.#running = undefined;
  }

  /** Its socket breaks. */
  async drop(): Promise<void> {
    const socket = await this.#opened();
    socket?.terminate();
  }

  async pause(ms: number): Promise<void> {
    const socket = await this.#opened();
    socket?.pause();
    await sleep(ms);
    socket?.resume();
  }

  async #run(): Promise<void> {
    while (this.#isThere) {
      this.#socket = liveSocket(this.#ticker.url);
      const variables = this.#cursor === undefined ? {} : { after: this.#cursor };
      await this.#read(this.#socket.subscribe(this.#form, variables)).catch(() => sleep(5));
      await this.drop();
      this.#socket = undefined;
    }
  }

  async #read(stream: LiveStream): Promise<void> {
    for (let answer = await stream.next(); answer; answer = await stream.next()) {
      const ticked = answer.data?.ticked as { readonly n: number; readonly cursor: string } | undefined;
      if (!ticked) throw new Error(`expected an event, got ${JSON.stringify(answer)}`);
      this.told.push(ticked.n);
      this.#cursor = ticked.cursor;
    }
  }

  /** Undefined where it has none, or never gets it. */
  async #opened(): Promise<WebSocket | undefined> {
    const nothing = async () => undefined;
    return Promise.race([this.#socket?.opened().catch(nothing), this.#socket?.closed.then(nothing)]);
  }
}

let ticker: Ticker | undefined;
afterEach(() => ticker?.close());

async function act(clients: Client[], running: Ticker, random: (below: number) => number): Promise<void> {
  const client = clients[random(clients.length || 1)];
  const what = random(20);
  if (what < 9) for (let count = 1 + random(6); count > 0; count -= 1) running.tick();
  else if (what < 12 && clients.length < MOST_CLIENTS) {
    const next = new Client(running, FORMS[random(FORMS.length)] ?? '');
    next.come();
    clients.push(next);
  } else if (what < 15) await client?.drop();
  else if (what < 16) await (random(2) === 0 ? client?.leave() : client?.come());
  else if (what < 17) await client?.pause(5);
  else if (what < 18) for (let count = 400; count > 0; count -= 1) running.tick('wide'.repeat(100));
  else if (what < 19) running.lose();
  else if (random(3) === 0) await running.restart();
  if (random(2) === 0) await sleep(random(10));
}

it.each(seeds)(
  'nobody misses an event or is told one twice, whatever happens (seed %i)',
  { timeout: 60_000 },
  async (seed) => {
    const running = (ticker = await runTicker());
    const random = randomFrom(seed);
    const clients: Client[] = [];
    for (let count = 0; count < ACTIONS; count += 1) await act(clients, running, random);
    for (const client of clients) client.come();
    // Who has not been told anything yet begins with one of these.
    let last = 0;
    await expect
      .poll(
        () => {
          last = running.tick();
          return clients.every(({ told }) => (told.at(-1) ?? 0) >= last - 5);
        },
        { timeout: 20_000, interval: 50 },
      )
      .toBe(true);
    for (const { told } of clients) {
      const [begun = 0] = told;
      expect(told).toEqual(told.map((_, index) => begun + index));
    }
    await Promise.all(clients.map((client) => client.leave()));
    await running.idle();
  },
);
