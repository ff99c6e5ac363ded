// How a benchmark's main process speaks to those it started: named commands over HTTP, JSON both ways.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { request } from 'undici';
import type { RunningProcess } from './process.ts';

export type Command = (argument: never) => unknown;

async function bodyOf(incoming: IncomingMessage): Promise<never> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as never;
}

/** Says `ready <url>` once it listens. */
export function serveCommands(commands: Readonly<Record<string, Command>>): void {
  const server = createServer((incoming, response) => {
    const run = async () => {
      const named = commands[incoming.url?.slice(1) ?? ''];
      if (!named) throw new Error(`no command ${incoming.url}`);
      return (await named(await bodyOf(incoming))) ?? null;
    };
    run().then(
      (answer) => response.end(JSON.stringify(answer)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  server.listen(0, '127.0.0.1', () => {
    process.stdout.write(`ready http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
  });
}

/** Throws what the command threw. */
export async function command<T>({ url }: RunningProcess, name: string, argument: unknown = null): Promise<T> {
  const { statusCode, body } = await request(`${url}/${name}`, { method: 'POST', body: JSON.stringify(argument) });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`${name}: ${text}`);
  return JSON.parse(text) as T;
}
