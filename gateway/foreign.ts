// Any supergraph over HTTP subgraphs, with nothing else: no database, no feed, no subgraph of ours. Its subgraphs are where it says,
// and are sent no identity and no signature unless TILLGRAPH_SECRET is set; tokens are checked where there is something to check them by.
import { deriveKeys } from '#platform/auth/keys.ts';
import { createTokenVerifier, everybodyAnonymous, type TokenVerifier } from '#platform/auth/tokens.ts';
import type { Config } from '#platform/config/config.ts';
import { systemClock } from '#platform/kernel/clock.ts';
import { randomHex } from '#platform/kernel/ids.ts';
import { createLogger } from '#platform/telemetry/logger.ts';
import { startGateway } from './gateway.ts';
import { openGuard } from './security/open-guard.ts';
import type { SubgraphClient } from './subgraph-client.ts';
import { limitsOf } from './subscriptions/limits.ts';
import type { SubgraphPlace } from './supergraph/inspect.ts';
import { readSupergraph } from './supergraph/source.ts';
import { createHttpSubgraph } from './transports/http-subgraph.ts';

export interface ForeignGraph {
  readonly url: string;
  /** For a person: what is served. */
  readonly greeting: string;
  stop(): Promise<void>;
}

export async function startForeign(config: Config, path: string): Promise<ForeignGraph> {
  const logger = createLogger({ level: config.LOG_LEVEL, file: config.LOG_FILE });
  const supergraph = await readSupergraph(path);
  const opened = openGuard(config, logger, { introspection: 'open' });
  const clients = supergraph.subgraphs.map((place) => clientOf(config, place));
  const gateway = await startGateway({
    supergraphSdl: supergraph.sdl,
    subgraphs: clients,
    tokens: verifierOf(config),
    logger,
    engine: config.GATEWAY_ENGINE,
    guard: opened.guard,
    host: config.HOST,
    port: config.PORT,
    liveData: limitsOf(config),
  });
  const places = supergraph.subgraphs.map(({ name, url }) => `  ${name}: ${url}`);
  return {
    url: gateway.url,
    greeting: [`${path}, ${places.length} subgraphs`, ...places, ''].join('\n'),
    async stop() {
      await gateway.close();
      await opened.close();
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}

function clientOf(config: Config, { name, url }: SubgraphPlace): SubgraphClient {
  const key = config.TILLGRAPH_SECRET === undefined ? undefined : deriveKeys(config.TILLGRAPH_SECRET).request;
  return createHttpSubgraph({ name, url, key, clock: systemClock });
}

/** With neither a key set nor a secret there is nothing a token could be checked by. */
function verifierOf(config: Config): TokenVerifier {
  const { AUTH_JWKS_URL: jwksUrl, TILLGRAPH_SECRET: secret } = config;
  if (jwksUrl === undefined && secret === undefined) return everybodyAnonymous;
  const key = deriveKeys(secret ?? randomHex(32)).token;
  const settings = { issuer: config.AUTH_ISSUER, audience: config.AUTH_AUDIENCE, key, jwksUrl };
  return createTokenVerifier(settings, () => systemClock.now().getTime());
}
