// Our gateway as it is served, tokens, limits and all, over the benchmark's subgraphs: in this process, or at BENCH_SUBGRAPHS.

import { deriveKeys } from '#platform/auth/keys.ts';
import { createTokenVerifier } from '#platform/auth/tokens.ts';
import { systemClock } from '#platform/kernel/clock.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import { startGateway } from '../../gateway/gateway.ts';
import { Guard, NO_LIMITS } from '../../gateway/security/guarded-engine.ts';
import { limitsOf } from '../../gateway/security/limit-settings.ts';
import type { SubgraphClient } from '../../gateway/subgraph-client.ts';
import { createHttpSubgraph } from '../../gateway/transports/http-subgraph.ts';
import { executors } from './executors.ts';
import { benchSubgraphs, supergraphAt } from './subgraphs.ts';

const origin = process.env.BENCH_SUBGRAPHS;
const keys = deriveKeys('a secret that only the benchmark uses');

function inProcess(name: string): SubgraphClient {
  const executor = executors.get(name);
  if (!executor) throw new Error(`no subgraph ${name}`);
  return {
    name,
    execute: (request) => executor.execute(request, undefined),
    subscribe: (request) => executor.subscribe(request, () => undefined),
    close: () => Promise.resolve(),
  };
}

const overHttp = (name: string) =>
  createHttpSubgraph({ name, url: `${origin}/${name}`, key: keys.request, clock: systemClock });

// Each operation is costed and each client's budget kept, though nobody comes near them.
const limits = limitsOf({ clients: { '*': { cost: 1e12, perSecond: 1e15, burst: 1e15 } } });

const gateway = await startGateway({
  supergraphSdl: supergraphAt(origin ?? 'http://in-process.invalid'),
  subgraphs: benchSubgraphs.map(({ name }) => (origin === undefined ? inProcess(name) : overHttp(name))),
  tokens: createTokenVerifier({ issuer: '', audience: '', key: keys.token }, () => systemClock.now().getTime()),
  logger: silentLogger,
  guard: new Guard({ ...NO_LIMITS, limits }),
  host: '127.0.0.1',
  port: 0,
});
process.stdout.write(`ready ${gateway.url}\n`);
process.once('SIGTERM', () => void gateway.close().then(() => process.exit(0)));
