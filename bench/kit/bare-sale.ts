// The peer of bench/record-sale.ts: a Fastify handler that runs the statements of a sale through `pg` and does nothing else: no GraphQL, no
// validation, no token, no consumers. BARE_PIPELINED=1: sent as our driver sends them, what the decision needs first, then the rest.
import { createHash, createHmac, randomUUID } from 'node:crypto';
import { type FastifyRequest, fastify } from 'fastify';
import pg from 'pg';
import { serializePrincipal } from '#platform/auth/principal.ts';
import { migrateSubgraph, RunningSubgraph } from '#platform/graphql/subgraph.ts';
import { systemClock } from '#platform/kernel/clock.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import { orderSubgraph } from '../../subgraphs/order/main.ts';
import { type Facts, valuesOf } from './bare-sale-values.ts';
import { type HeardStatement, hearStatements } from './heard-statements.ts';
import { nextSale, RECORD_SALE, RECORDED, type Sale } from './sale.ts';
import { cards, skus } from './shop.ts';
import { keys, principalOf } from './world.ts';

const databaseUrl = process.env.BARE_DATABASE_URL ?? '';
const pipelined = process.env.BARE_PIPELINED === '1';
/** As many connections as a subgraph has. */
const POOL_SIZE = 20;
const LOCK = /^select pg_advisory_xact_lock_shared\(/;
const connection = { connectionString: databaseUrl, options: '-c search_path=orders' };

const hashOf = (card: string) =>
  createHmac('sha256', keys.identity).update(`LOYALTY_CARD\n${card}`).digest('base64url');

/** What the catalogue and the customers would have told. */
async function learn(): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  const known = 'insert into known_variant select sku, sku, true, 30, true, 1 from unnest($1::text[]) as sku';
  await client.query(known, [skus]);
  const identities = 'insert into known_identity select * from unnest($1::text[], $2::text[])';
  await client.query(identities, [cards.map(hashOf), cards]);
  await client.end();
}

/** Our own command, run once: what it sends is what a sale sends. */
async function statementsOfSale(): Promise<HeardStatement[]> {
  const options = {
    databaseUrl,
    logUrls: () => databaseUrl,
    poolSize: 2,
    clock: systemClock,
    logger: silentLogger,
    keys,
  };
  const subgraph = new RunningSubgraph(orderSubgraph, options);
  const principal = serializePrincipal(principalOf('store'));
  const statements = await hearStatements(async () => {
    const answer = JSON.stringify(
      await subgraph.execute({ query: RECORD_SALE, variables: { input: nextSale() }, principal }),
    );
    if (!answer.includes(RECORDED)) throw new Error(`a sale was answered with ${answer}`);
  });
  await subgraph.close();
  const unknown = statements.filter(({ name, text }) =>
    name === undefined ? !LOCK.test(text) && text !== 'begin' && text !== 'commit' : valuesOf[name] === undefined,
  );
  if (unknown.length > 0)
    throw new Error(`bare-sale-values.ts lacks ${unknown.map(({ name, text }) => name ?? text).join(', ')}`);
  return statements;
}

function toQuery({ name, text }: HeardStatement, facts: Facts): string | pg.QueryConfig {
  if (name !== undefined) return { name, text, values: valuesOf[name]?.(facts) ?? [] };
  const { location, businessDate } = facts.sale;
  return LOCK.test(text)
    ? `select pg_advisory_xact_lock_shared(${location.slice(-9)}, ${businessDate.replaceAll('-', '')})`
    : text;
}

function factsOf(sale: Sale): Facts {
  return {
    sale,
    now: new Date(),
    bodyHash: createHash('sha256').update(JSON.stringify(sale)).digest('hex'),
    customerHash: hashOf(sale.customer.identity.value),
    number: `${sale.location}-${sale.workstation}-${sale.sequence}`,
    orderId: randomUUID(),
    transactionId: randomUUID(),
    eventId: randomUUID(),
  };
}

await migrateSubgraph(orderSubgraph, databaseUrl, systemClock);
await learn();
const statements = await statementsOfSale();
const firstWrite = statements.findIndex(({ text }) => /^(\/\*.*?\*\/ )?insert/.test(text));
if (firstWrite < 1) throw new Error('a sale writes nothing');
const pool = new pg.Pool({ ...connection, max: POOL_SIZE, ...(pipelined ? { pipeline: true } : {}) });

async function run(client: pg.PoolClient, facts: Facts): Promise<void> {
  const send = (statement: HeardStatement) => client.query(toQuery(statement, facts));
  if (pipelined) {
    for (const part of [statements.slice(0, firstWrite), statements.slice(firstWrite)])
      await Promise.all(part.map(send));
  } else {
    for (const statement of statements) await send(statement);
  }
}

const answer = async (request: FastifyRequest) => {
  const facts = factsOf(request.body as Sale);
  const client = await pool.connect();
  try {
    await run(client, facts);
  } finally {
    client.release();
  }
  const { orderId, transactionId, number, sale } = facts;
  return {
    transaction: { id: transactionId, exceptions: [] },
    order: { id: orderId, number, grandTotal: sale.grandTotal },
  };
};
const app = fastify();
app.route({ method: 'POST', url: '/sales', handler: answer });
process.stdout.write(`ready ${await app.listen({ host: '127.0.0.1', port: 0 })}/sales\n`);
process.once('SIGTERM', () => {
  void app
    .close()
    .then(() => pool.end())
    .then(() => process.exit(0));
});
