// What the network between gateway and subgraph can do, one fault a row: the answer comes all the same, with a clear code, the rest of the
// data and nothing of the inside; a mutation reaches the subgraph once, whatever becomes of it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { composeServices } from '@apollo/composition';
import { buildSchema, graphql, parse } from 'graphql';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { everybodyAnonymous } from '#platform/auth/tokens.ts';
import { systemClock } from '#platform/kernel/clock.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import { type Gateway, startGateway } from '../../gateway/gateway.ts';
import type { SubgraphClient } from '../../gateway/subgraph-client.ts';
import { createHttpSubgraph } from '../../gateway/transports/http-subgraph.ts';
import type { GivenOptions } from '../../gateway/transports/subgraph-options.ts';
import type { Answer } from '../kit/gateway.ts';
import * as network from '../kit/tcp-proxy.ts';

const TIMEOUT_MS = 400;
/** What must end by the timeout ends long before this, and what has no timeout does not. */
const LONGEST_MS = 8_000;
const sdls = {
  shelf: 'type Query { level: Int } type Mutation { take: Int }',
  sign: 'type Query { label: String } type Mutation { paint: String }',
};

/** Mutations of the shelf that happened. */
let taken = 0;
const rootValue = {
  level: 3,
  label: 'Mugs',
  paint: 'Cups',
  take: () => {
    taken += 1;
    return 2;
  },
};
const schemas = new Map(Object.entries(sdls).map(([name, sdl]) => [name, buildSchema(sdl)]));

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  const schema = schemas.get(request.url?.split('/').at(-1) ?? '');
  if (!schema) throw new Error(`no subgraph at ${request.url}`);
  const result = await graphql({ schema, source: (JSON.parse(body) as { query: string }).query, rootValue });
  // Ends as the proxy wants it.
  const text = `${JSON.stringify(result)}\n\n`;
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length }).end(text);
}
const server = createServer((request, response) => {
  serve(request, response).catch(() => response.destroy());
});

let proxy: network.TcpProxy;
const opened: { close(): Promise<unknown> }[] = [];
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy = await network.tcpProxy((server.address() as AddressInfo).port);
});
beforeEach(() => {
  proxy.behave(network.through);
  taken = 0;
});
afterAll(async () => {
  for (const part of opened.toReversed()) await part.close();
  await proxy?.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function gatewayWith(options: GivenOptions): Promise<Gateway> {
  const services = Object.entries(sdls).map(([name, sdl]) => ({ name, typeDefs: parse(sdl), url: 'http://x.invalid' }));
  const { supergraphSdl } = composeServices(services);
  if (!supergraphSdl) throw new Error('the two subgraphs do not compose');
  const clientOf = (name: string, port: number): SubgraphClient => {
    const url = `http://127.0.0.1:${port}/inner-path/${name}`;
    const own = name === 'shelf' ? options : {};
    const client = createHttpSubgraph({ name, url, clock: systemClock, options: own });
    opened.push({ close: () => client.close() });
    return client;
  };
  const subgraphs = [clientOf('shelf', proxy.port), clientOf('sign', (server.address() as AddressInfo).port)];
  const tokens = everybodyAnonymous;
  const at = { host: '127.0.0.1', port: 0 };
  const gateway = await startGateway({ supergraphSdl, subgraphs, tokens, logger: silentLogger, ...at });
  opened.push(gateway);
  return gateway;
}

async function ask({ url }: Gateway, query: string): Promise<Answer & { readonly text: string }> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
  const text = await response.text();
  return { ...(JSON.parse(text) as Answer), text };
}

const http = (status: string, ...lines: readonly string[]) => network.says(`HTTP/1.1 ${status}`, ...lines);
const html = ['content-type: text/html', 'content-length: 34', '', '<html>secret at 10.0.0.7</html>\n\n\n'];

describe('a network', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await gatewayWith({ timeoutMs: TIMEOUT_MS, answerBytes: 1_000_000, breaker: false, retryShare: 1 });
  });

  it.each([
    ['that is slower than the timeout', network.after(2_000), 'SUBGRAPH_UNAVAILABLE', 1],
    ['that swallows everything', network.blackHole, 'SUBGRAPH_UNAVAILABLE', 0],
    ['that resets before the request is through', network.resetAtOnce, 'SUBGRAPH_UNAVAILABLE', 0],
    ['that resets after the subgraph answered', network.resetAfterwards, 'SUBGRAPH_UNAVAILABLE', 1],
    ['that cuts the answer', network.truncated, 'SUBGRAPH_UNAVAILABLE', 1],
    ['that babbles', network.says('\u0000\u0007 secret at 10.0.0.7'), 'SUBGRAPH_UNAVAILABLE', 0],
    ['that drips', network.drips, 'SUBGRAPH_UNAVAILABLE', 0],
    ['that floods', network.floods, 'SUBGRAPH_MALFORMED_RESPONSE', 0],
    ['with a proxy that answers 502 in HTML', http('502 Bad Gateway', ...html), 'SUBGRAPH_UNAVAILABLE', 0],
    ['with a proxy that answers 404 in HTML', http('404 Not Found', ...html), 'SUBGRAPH_MALFORMED_RESPONSE', 0],
    ['with a proxy that answers 200 in HTML', http('200 OK', ...html), 'SUBGRAPH_MALFORMED_RESPONSE', 0],
    [
      'with a proxy that sends us elsewhere',
      http('302 Found', 'location: http://10.0.0.7/secret', 'content-length: 0', '', ''),
      'SUBGRAPH_MALFORMED_RESPONSE',
      0,
    ],
    [
      'with a proxy that says 429',
      http('429 Too Many Requests', 'retry-after: 60', 'content-length: 0', '', ''),
      'SUBGRAPH_BUSY',
      0,
    ],
  ] as const)('%s', { timeout: LONGEST_MS }, async (_, fault, code, commits) => {
    proxy.behave(fault);
    const read = await ask(gateway, '{ level label }');
    expect(read.data).toEqual({ level: null, label: 'Mugs' });
    const retryAfterMs = code === 'SUBGRAPH_BUSY' ? 60_000 : 1_000;
    const retry = code === 'SUBGRAPH_MALFORMED_RESPONSE' ? {} : { retryAfterMs };
    const error = {
      message: expect.stringMatching(/^The subgraph shelf /),
      extensions: { code, ...retry, traceId: expect.any(String) },
    };
    expect(read.errors).toEqual([{ ...error, path: ['level'] }]);
    proxy.behave(fault);
    const wrote = await ask(gateway, 'mutation { take paint }');
    expect(wrote.data).toEqual({ take: null, paint: 'Cups' });
    expect(wrote.errors).toEqual([{ ...error, path: ['take'] }]);
    expect(proxy.received().filter((text) => text.includes('mutation'))).toHaveLength(1);
    expect(taken).toBe(commits);
    const inside = new RegExp(`secret|127\\.0\\.0\\.1|10\\.0\\.0\\.7|inner-path|html|xxx|\\.ts|ECONN|${proxy.port}`);
    expect(read.text + wrote.text).not.toMatch(inside);
  });

  it('that is well again is used again', async () => {
    expect((await ask(gateway, '{ level label }')).data).toEqual({ level: 3, label: 'Mugs' });
  });
});

describe('a query', () => {
  it('is asked again where that can help, and nobody notices', async () => {
    const gateway = await gatewayWith({ breaker: false });
    const busy = http('429 Too Many Requests', 'retry-after: 0', 'content-length: 0', '', '');
    for (const fault of [network.resetAtOnce, network.truncated, http('503 Service Unavailable', ...html), busy]) {
      proxy.behave(fault, network.through);
      expect(await ask(gateway, '{ level }')).toMatchObject({ data: { level: 3 } });
      expect(proxy.received()).toHaveLength(2);
    }
  });

  it('is asked again as often as the share of repetitions allows, not for each one that fails', async () => {
    const gateway = await gatewayWith({ breaker: false, retryShare: 0.1, retries: 5 });
    proxy.behave(network.resetAtOnce);
    for (let count = 0; count < 40; count += 1) await ask(gateway, '{ level }');
    // Ten saved up and one for each ten.
    expect(proxy.received().length).toBeGreaterThan(45);
    expect(proxy.received().length).toBeLessThanOrEqual(40 + 10 + 4);
  });

  it('whose answer has a client’s status is answered by what the subgraph says', async () => {
    const gateway = await gatewayWith({});
    const body = '{"errors":[{"message":"no","extensions":{"code":"FORBIDDEN"}}],"data":null}';
    const head = ['content-type: application/graphql-response+json', `content-length: ${body.length}`];
    proxy.behave(http('403 Forbidden', ...head, '', body));
    const { errors } = await ask(gateway, '{ level }');
    expect(errors).toEqual([{ message: 'no', extensions: { code: 'FORBIDDEN' } }]);
  });
});

it('a subgraph that fails is left alone for a while, then tried, then used as before', async () => {
  const gateway = await gatewayWith({ retries: 0 });
  proxy.behave(network.resetAtOnce);
  for (let count = 0; count < 15; count += 1) {
    expect((await ask(gateway, '{ level }')).errors).toMatchObject([{ extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }]);
  }
  // Half of twenty, and at least ten.
  expect(proxy.received()).toHaveLength(10);
  proxy.behave(network.through);
  const level = async () => (await ask(gateway, '{ level label }')).data;
  expect(await level()).toEqual({ level: null, label: 'Mugs' });
  await expect.poll(level, { timeout: LONGEST_MS }).toEqual({ level: 3, label: 'Mugs' });
});

it('a subgraph is asked as often at the same time as it may be; few wait, and more are refused at once', async () => {
  const gateway = await gatewayWith({ connections: 1, queue: 1, breaker: false });
  proxy.behave(network.after(300));
  const answers = await Promise.all(Array.from({ length: 6 }, () => ask(gateway, '{ level label }')));
  const codes = answers.map(({ errors }) => errors?.[0]?.extensions?.code);
  expect(codes.filter((code) => code === 'SUBGRAPH_BUSY')).toHaveLength(4);
  expect(answers.filter((answer) => answer.data?.level === 3)).toHaveLength(2);
  expect(answers.every((answer) => answer.data?.label === 'Mugs')).toBe(true);
});
