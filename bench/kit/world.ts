// What a benchmark runs in: a PostgreSQL (an embedded one in a temporary folder, or that of DATABASE_URL), the gateway as `npm start` runs
// it in a process of its own on a fresh database, and tokens for it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { request } from 'undici';
import { deriveKeys } from '#platform/auth/keys.ts';
import type { Principal } from '#platform/auth/principal.ts';
import { type Role, scopesByRole } from '#platform/auth/roles.ts';
import { mintToken } from '#platform/auth/tokens.ts';
import { startEmbeddedPostgres } from '#platform/db/embedded/supervisor.ts';
import { type RunningProcess, start, stopAll } from './process.ts';

const SECRET = 'the secret of a benchmark is no secret at all';
export const keys = deriveKeys(SECRET);
const settings = { issuer: 'tillgraph', audience: 'tillgraph', key: keys.token };

export function principalOf(role: Role, claims: Partial<Principal> = {}): Principal {
  const sub = `bench-${role}`;
  return { sub, clientId: sub, roles: [role], scopes: [...scopesByRole[role]], ...claims };
}

export interface World {
  /** Its URL is where the graph is. */
  readonly gateway: RunningProcess;
  /** The gateway's database. */
  readonly database: string;
  /** Makes a database beside the gateway's, on the same server; answers its URL. */
  createDatabase(name: string): Promise<string>;
  token(role: Role, claims?: Partial<Principal>): Promise<string>;
  /** Throws when the answer has errors or its `result` is a rejection. */
  execute(token: string, query: string, variables: object): Promise<Record<string, unknown>>;
}

/** Opens a world, runs the benchmark in it and closes it, also after a failure or Ctrl+C. */
export async function inWorld(benchmark: (world: World) => Promise<void>): Promise<void> {
  const { world, close } = await openWorld();
  const interrupted = Promise.withResolvers<never>();
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => interrupted.reject(new Error(`ended by ${signal}`)));
  }
  try {
    await Promise.race([benchmark(world), interrupted.promise]);
  } finally {
    await close();
  }
}

async function openWorld(): Promise<{ world: World; close: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'tillgraph-bench-'));
  const given = process.env.DATABASE_URL;
  const server = given ? undefined : await startEmbeddedPostgres({ dataDir: folder });
  const admin = given ?? server?.url('postgres') ?? '';
  const created: string[] = [];
  const createDatabase = async (name: string) => {
    const database = `${name}_${process.pid}`;
    await asAdmin(admin, `create database ${database}`);
    created.push(database);
    return Object.assign(new URL(admin), { pathname: `/${database}` }).href;
  };
  const close = async () => {
    await stopAll();
    for (const name of created) await asAdmin(admin, `drop database ${name} with (force)`);
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const database = await createDatabase('bench');
    const gateway = await start('gateway/main.ts', {
      DATABASE_URL: database,
      DATA_DIR: folder,
      TILLGRAPH_SECRET: SECRET,
      PORT: '0',
      SEED: 'none',
      FEED_INTERVAL_SECONDS: '86400',
    });
    const token: World['token'] = (role, claims) =>
      mintToken(settings, principalOf(role, claims), new Date(Date.now() + 3_600_000));
    const ask: World['execute'] = (as, query, variables) => execute(gateway.url, as, query, variables);
    return { world: { gateway, database, createDatabase, token, execute: ask }, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function asAdmin(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

interface Answer {
  readonly data?: Record<string, unknown> & { readonly result?: { readonly code?: string } };
  readonly errors?: readonly unknown[];
}

async function execute(url: string, token: string, query: string, variables: object): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const { body } = await request(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const answer = (await body.json()) as Answer;
  if (answer.errors || !answer.data || answer.data.result?.code) throw new Error(JSON.stringify(answer));
  return answer.data;
}
