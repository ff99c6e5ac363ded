// What a client is told when something breaks: our own defect, a subgraph that is away, slow or talking nonsense. The rest of the
// answer stays, nothing of the inside shows, and a mutation is sent once.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '#platform/telemetry/logger.ts';
import { newTraceparent } from '#platform/telemetry/trace.ts';
import { type BrokenSubgraph, brokenSubgraph } from '../kit/broken-subgraph.ts';
import { query } from '../kit/database.ts';
import { type Answer, modes, runGateway, type TestGateway } from '../kit/gateway.ts';
import { fillShelf } from '../kit/shelf.ts';
import { LOCATION } from '../kit/tickets.ts';

const STOCK = '{ variant(sku: "MUG-BLUE") { title stock { onHand { value } } } }';

describe.each(modes)('a defect with subgraphs %s', (mode) => {
  let folder: string;
  let gateway: TestGateway;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tillgraph-log-'));
    gateway = await runGateway(mode, { logger: createLogger({ level: 'warn', file: join(folder, 'log') }) });
    await fillShelf(gateway, [{ sku: 'MUG-BLUE', stock: 2 }]);
    await query(gateway.databaseUrl, 'alter table inventory.stock_position rename to away');
  });
  afterAll(async () => {
    await gateway?.close();
    await rm(folder, { recursive: true });
  });

  it.each([
    ['one subgraph', `{ stockPosition(sku: "MUG-BLUE", location: "${LOCATION}") { version } }`, ['stockPosition']],
    ['a join', STOCK, ['variant', 'stock']],
  ])('in %s shows its trace id and nothing of the inside; the log has it all', async (_, text, path) => {
    const traceId = newTraceparent().slice(3, 35);
    const headers = { 'content-type': 'application/json', traceparent: `00-${traceId}-b7ad6b7169203331-01` };
    const response = await gateway.fetch({ method: 'POST', headers, body: JSON.stringify({ query: text }) });
    const body = await response.text();
    const answer = JSON.parse(body) as Answer;
    expect(answer.data).toEqual({ [String(path[0])]: null });
    expect(answer.errors?.[0]).toEqual({
      message: 'An internal error occurred; give the trace id to the operator',
      path,
      extensions: { code: 'INTERNAL_SERVER_ERROR', traceId },
    });
    expect(body).not.toMatch(/stock_position|select|\.ts|at \w+ \(|relation/i);
    const ofTrace = async () =>
      (await readFile(join(folder, 'log'), 'utf8')).split('\n').filter((line) => line.includes(traceId));
    await expect.poll(ofTrace).toEqual([expect.stringMatching(/stock_position.* does not exist.*database\.ts/)]);
  });
});

describe('a subgraph over HTTP', () => {
  const TIMEOUT_MS = 300;
  let broken: BrokenSubgraph;
  let gateway: TestGateway;
  beforeAll(async () => {
    broken = await brokenSubgraph('loyalty', { timeoutMs: TIMEOUT_MS });
    gateway = await runGateway('in process', { clients: { loyalty: broken.client } });
    await fillShelf(gateway, [{ sku: 'MUG-BLUE', stock: 2 }]);
  });
  afterAll(async () => {
    await gateway?.close();
    await broken?.close();
  });

  const both = '{ loyaltyAccount(id: "a") { id } variant(sku: "MUG-BLUE") { title } }';
  const text = (status: number, body: string) => (_: unknown, response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  };

  it.each([
    ['that hangs up', (_: unknown, response: ServerResponse) => void response.destroy()],
    ['that never answers', () => undefined],
    [
      'that dribbles its answer',
      (_: unknown, response: ServerResponse) => {
        const timer = setInterval(() => response.write(' '), 20);
        response.once('close', () => clearInterval(timer));
      },
    ],
    ['behind a proxy that does not reach it', text(503, '<html>bad gateway</html>')],
  ])('%s is unavailable, says when to try again, and the rest is answered', async (_, how) => {
    broken.behave(how);
    const started = performance.now();
    const { data, errors } = await gateway.ask(both, {}, await gateway.token('operator'));
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(data).toEqual({ loyaltyAccount: null, variant: { title: 'MUG-BLUE' } });
    expect(errors).toMatchObject([
      {
        message: 'The subgraph loyalty did not answer',
        extensions: { code: 'SUBGRAPH_UNAVAILABLE', retryAfterMs: 1_000 },
      },
    ]);
  });

  it.each([
    ['no JSON', text(200, 'hello')],
    ['JSON that is no answer', text(200, '{"hello": 1}')],
    ['neither data nor errors', text(200, '{"data": null}')],
    ['a list', text(200, '[]')],
  ])('that answers %s is malformed, and the rest is answered', async (_, how) => {
    broken.behave(how);
    const { data, errors } = await gateway.ask(both, {}, await gateway.token('operator'));
    expect(data).toEqual({ loyaltyAccount: null, variant: { title: 'MUG-BLUE' } });
    expect(errors).toMatchObject([{ extensions: { code: 'SUBGRAPH_MALFORMED_RESPONSE' } }]);
    expect(JSON.stringify(errors)).not.toContain('127.0.0.1');
  });

  it('that says what went wrong is passed on by code, and what it should not say is not', async () => {
    const said = {
      message: 'at Object.<anonymous> (/app/secret.ts:1)',
      extensions: { code: 'WEIRD', stacktrace: ['secret'] },
    };
    broken.behave(text(200, JSON.stringify({ data: null, errors: [said] })));
    const { errors } = await gateway.ask(both, {}, await gateway.token('operator'));
    expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
    expect(JSON.stringify(errors)).not.toContain('secret');
  });
});

describe('a mutation to a subgraph over HTTP', () => {
  const RELEASE = `mutation { releaseReservation(input: { idempotencyKey: "k", reservationId: "r" }) { __typename } }`;
  let broken: BrokenSubgraph;
  let gateway: TestGateway;
  beforeAll(async () => {
    broken = await brokenSubgraph('inventory', { timeoutMs: 300 });
    gateway = await runGateway('in process', { clients: { inventory: broken.client } });
  });
  afterAll(async () => {
    await gateway?.close();
    await broken?.close();
  });

  it.each([
    ['hangs up', (_: unknown, response: ServerResponse) => void response.destroy()],
    ['is too slow', () => undefined],
    [
      'hangs up half way through its answer',
      (_: unknown, response: ServerResponse) => {
        response.writeHead(200, { 'content-length': 100 }).write('{"data"');
        setTimeout(() => response.destroy(), 20);
      },
    ],
  ])('is sent once, whatever the subgraph does: it %s', async (_, how) => {
    broken.behave(how);
    const before = broken.arrived();
    const { errors } = await gateway.ask(RELEASE, {}, await gateway.token('store', { location: LOCATION }));
    expect(errors).toMatchObject([{ extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }]);
    expect(broken.arrived() - before).toBe(1);
  });
});
