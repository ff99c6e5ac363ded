// The sandbox ERP as a process: node main.ts <folder> [--port <n>] [--demo] [--with-parent]. Keeps its books in the folder, prints
// `ready <url>`. With --with-parent it lives as long as its standard input is open: a killed parent takes it along.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { Books } from './books.ts';
import { writeDemo } from './demo.ts';
import { Faults } from './faults.ts';
import { answer, isUntouched } from './routes.ts';

const LARGEST_BODY = 16_000_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: 'string', default: '0' },
    demo: { type: 'boolean', default: false },
    'with-parent': { type: 'boolean', default: false },
  },
});
const folder = positionals[0];
if (folder === undefined) {
  process.stderr.write('usage: node main.ts <folder> [--port <n>] [--demo] [--with-parent]\n');
  process.exit(2);
}

if (values['with-parent']) {
  process.stdin.resume().once('close', () => process.exit(0));
  // Ctrl+C reaches parent and child at once: the parent finishes its work with us, then closes our input.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
}

const books = new Books(folder);
if (values.demo && books.isEmpty) writeDemo(books);
const faults = new Faults();

const server = createServer((request, response) => {
  handle(request, response).catch((error: unknown) => {
    send(response, 500, { error: 'INTERNAL', detail: String(error) });
  });
});
server.listen(Number(values.port), '127.0.0.1', () => {
  process.stdout.write(`ready http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://erp');
  const method = request.method ?? 'GET';
  const touched = !isUntouched(method, url.pathname);
  const raw = await read(request);
  if (raw === undefined) return send(response, 413, { error: 'TOO_LARGE' });
  if (touched) {
    const waitMs = faults.throttle(Date.now());
    if (waitMs > 0) return send(response, 429, { error: 'THROTTLED' }, { 'retry-after': String(waitMs / 1_000) });
    await new Promise((resolve) => setTimeout(resolve, faults.settings.latency_ms));
    if (faults.takeFailure()) return send(response, 500, { error: 'SWITCHED_ON', detail: 'fail_next' });
  }
  let body: unknown;
  try {
    body = raw === '' ? undefined : JSON.parse(raw);
  } catch {
    return send(response, 400, { error: 'MALFORMED', detail: 'the body is no JSON' });
  }
  const answered = answer({ method, url, body }, books, faults);
  if (touched && faults.takeLoss()) {
    request.socket.destroy();
    return;
  }
  send(response, answered.status, answered.body);
}

async function read(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
