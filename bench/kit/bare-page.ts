// The peer of bench/product-page.ts: a Fastify handler that runs the statements of one product page through `pg`, one after the other, and
// answers their rows: no GraphQL, no plan, no joining of answers.
import { readFileSync } from 'node:fs';
import { fastify } from 'fastify';
import pg from 'pg';
import { createTokenVerifier } from '#platform/auth/tokens.ts';
import { RunningSubgraph } from '#platform/graphql/subgraph.ts';
import { systemClock } from '#platform/kernel/clock.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import { startGateway } from '../../gateway/gateway.ts';
import { modules } from '../../gateway/modules.ts';
import { type HeardStatement, hearStatements } from './heard-statements.ts';
import { type PageOf, PRODUCT_PAGE } from './product-page.ts';
import { keys, principalOf } from './world.ts';

const databaseUrl = process.env.BARE_DATABASE_URL ?? '';
const page = JSON.parse(process.env.BARE_PAGE ?? '') as PageOf;
const POOL_SIZE = 20;
const SUPERGRAPH = new URL('../../gateway/supergraph/supergraph.graphql', import.meta.url);

/** Our own gateway over our own subgraphs, asked once: what it sends is what a page sends. */
async function statementsOfPage(): Promise<HeardStatement[]> {
  const clock = systemClock;
  const logger = silentLogger;
  const options = { databaseUrl, logUrls: () => databaseUrl, poolSize: 2, clock, logger, keys };
  const subgraphs = modules.map((module) => new RunningSubgraph(module, options));
  const tokens = createTokenVerifier({ issuer: '', audience: '', key: keys.token }, () => clock.now().getTime());
  const supergraphSdl = readFileSync(SUPERGRAPH, 'utf8');
  const gateway = await startGateway({ supergraphSdl, subgraphs, tokens, logger, host: '127.0.0.1', port: 0 });
  const statements = await hearStatements(() => gateway.execute(principalOf('operator'), PRODUCT_PAGE, { ...page }));
  await gateway.close();
  await Promise.all(subgraphs.map((subgraph) => subgraph.close()));
  return statements;
}

const statements = await statementsOfPage();
const searchPath = modules.map(({ schema }) => schema).join(',');
const pool = new pg.Pool({ connectionString: databaseUrl, options: `-c search_path=${searchPath}`, max: POOL_SIZE });
const app = fastify();
app.post('/page', async () => {
  const client = await pool.connect();
  try {
    const parts: Record<string, unknown[]> = {};
    for (const { name = '', text, values } of statements) {
      parts[name] = (await client.query({ name, text, values: [...values] })).rows;
    }
    return parts;
  } finally {
    client.release();
  }
});
process.stdout.write(`ready ${await app.listen({ host: '127.0.0.1', port: 0 })}/page\n`);
process.once('SIGTERM', () => {
  void app
    .close()
    .then(() => pool.end())
    .then(() => process.exit(0));
});
