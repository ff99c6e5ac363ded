// A valid operation for which there is no plan: a fault of the server's, with a code of its own, found in the log by the operation's hash.
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { everybodyAnonymous } from '#platform/auth/tokens.ts';
import { createLogger } from '#platform/telemetry/logger.ts';
import { type Gateway, startGateway } from '../../gateway/gateway.ts';
import { scriptedSubgraph } from '../kit/federation/ask.ts';
import type { Answer } from '../kit/gateway.ts';

/** Says of a field that it is there, and of no subgraph that it has it. */
const supergraphSdl = `schema @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION) { query: Query }
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
scalar join__FieldSet
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph { SHELF @join__graph(name: "shelf", url: "http://shelf.invalid/") SIGN @join__graph(name: "sign", url: "http://sign.invalid/") }
type Query @join__type(graph: SHELF) @join__type(graph: SIGN) { item: Item @join__field(graph: SHELF) }
type Item @join__type(graph: SHELF, key: "id") { id: ID! @join__field(graph: SHELF) price: Int @join__field(graph: SIGN) }`;
const QUERY = '{ item { price } }';
const HASH = createHash('sha256').update(QUERY).digest('hex');

let folder: string;
let gateway: Gateway;
const subgraphs = ['shelf', 'sign'].map((name) => scriptedSubgraph(name, () => ({ data: { item: { id: '1' } } })));
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tillgraph-unplanned-'));
  const logger = createLogger({ level: 'warn', file: join(folder, 'log') });
  const at = { host: '127.0.0.1', port: 0, tokens: everybodyAnonymous, logger };
  gateway = await startGateway({ supergraphSdl, subgraphs, ...at });
});
afterAll(async () => {
  await gateway?.close();
  await rm(folder, { recursive: true });
});

const error = {
  message: `No plan was found for the operation with SHA-256 ${HASH}`,
  extensions: { code: 'OPERATION_NOT_PLANNED', traceId: expect.any(String) },
};

it.each([
  ['whoever reads statuses', 'application/graphql-response+json', 500],
  ['a client of before them', 'application/json', 200],
])(
  'is told to %s as a fault of the server’s, the first time and again',
  { timeout: 60_000 },
  async (_, accept, status) => {
    for (let times = 0; times < 2; times += 1) {
      const headers = { 'content-type': 'application/json', accept };
      const response = await fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify({ query: QUERY }) });
      expect([response.status, await response.json()]).toEqual([status, { errors: [error] }]);
      expect(response.headers.get('content-type')).toContain(accept);
    }
    expect(subgraphs.flatMap(({ requests }) => requests)).toEqual([]);
  },
);

it('is in the log with the hash and why, and no stack', async () => {
  const lines = async () =>
    (await readFile(join(folder, 'log'), 'utf8')).split('\n').filter((line) => line.includes(HASH));
  await expect.poll(lines).toHaveLength(4);
  for (const line of await lines()) {
    expect(line).toContain('OPERATION_NOT_PLANNED');
    expect(line).toContain('No plan brings all');
    expect(line).not.toMatch(/\bat .*\.ts|"stack"/);
  }
});

it('what can be planned is answered as ever', async () => {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(gateway.url, { method: 'POST', headers, body: '{"query":"{ item { id } }"}' });
  expect((await response.json()) as Answer).toEqual({ data: { item: { id: '1' } } });
});
