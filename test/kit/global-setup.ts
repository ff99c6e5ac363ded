// One PostgreSQL for a whole test run: the server of DATABASE_URL, or an embedded one in a folder that goes with the run.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#platform/db/embedded/supervisor.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Database `postgres` of the run's server, as a user who may create databases. */
    adminUrl: string;
  }
}

interface Server {
  readonly dataDir: string;
  readonly postgres: EmbeddedPostgres;
}

// Each suite loads this module anew, and both suites are to meet the same server: what is shared hangs on the process.
const shared = globalThis as typeof globalThis & { tillgraphTestServer?: { users: number; server: Promise<Server> } };

async function start(): Promise<Server> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tillgraph-test-'));
  return { dataDir, postgres: await startEmbeddedPostgres({ dataDir }) };
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.DATABASE_URL;
  if (given) {
    project.provide('adminUrl', given);
    return async () => {};
  }
  shared.tillgraphTestServer ??= { users: 0, server: start() };
  const run = shared.tillgraphTestServer;
  run.users += 1;
  const { postgres, dataDir } = await run.server;
  project.provide('adminUrl', postgres.url('postgres'));
  return async () => {
    run.users -= 1;
    if (run.users > 0) return;
    delete shared.tillgraphTestServer;
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}
