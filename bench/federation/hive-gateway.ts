// A peer that is not installed with us (750 packages, 520 MB): Hive's gateway with its planner in Rust, from the folder HIVE_GATEWAY,
// made by `npm i --prefix <folder> @graphql-hive/gateway @graphql-hive/router-runtime graphql@16`.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { supergraphAt } from './subgraphs.ts';

interface GatewayModule {
  readonly createGatewayRuntime: (options: object) => Parameters<typeof createServer>[1] & object;
}

const require = createRequire(join(process.env.HIVE_GATEWAY ?? '', 'package.json'));
const load = async (name: string): Promise<unknown> => import(pathToFileURL(require.resolve(name)).href);
const { createGatewayRuntime } = (await load('@graphql-hive/gateway')) as GatewayModule;
const { unifiedGraphHandler } = (await load('@graphql-hive/router-runtime')) as { unifiedGraphHandler: unknown };
const runtime = createGatewayRuntime({
  supergraph: supergraphAt(process.env.BENCH_SUBGRAPHS ?? ''),
  unifiedGraphHandler,
  // Fifty clients that ask the same at once are the benchmark's, not life's: shared fetches would measure that.
  transportEntries: { '*.http': { options: { deduplicateInflightRequests: process.env.HIVE_SHARES_FETCHES === '1' } } },
  logging: false,
  landingPage: false,
  graphiql: false,
});
const server = createServer(runtime);
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`ready http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql\n`);
});
process.once('SIGTERM', () => process.exit(0));
