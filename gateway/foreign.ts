// Any supergraph over HTTP subgraphs, with nothing else: no database, no feed, no subgraph of ours. Its subgraphs are where it says,
// and are sent no identity and no signature unless TILLGRAPH_SECRET is set; tokens are checked where there is something to check them by.
import { deriveKeys } from '#platform/auth/keys.ts';
import { createTokenVerifier, everybodyAnonymous, type TokenVerifier } from '#platform/auth/tokens.ts';
import type { Config } from '#platform/config/config.ts';
import { Fault } from '#platform/errors/fault.ts';
import { systemClock } from '#platform/kernel/clock.ts';
import { randomHex } from '#platform/kernel/ids.ts';
import { createLogger } from '#platform/telemetry/logger.ts';
import { overloadOf, shutdownOf } from './capacity.ts';
import { type Graph, startGateway } from './gateway.ts';
import { openIdentity } from './security/identity.ts';
import { openGuard } from './security/open-guard.ts';
import type { SubgraphClient } from './subgraph-client.ts';
import { limitsOf } from './subscriptions/limits.ts';
import type { SubgraphPlace } from './supergraph/inspect.ts';
import { readSupergraph, type Supergraph } from './supergraph/source.ts';
import { SubgraphPool } from './supergraph/subgraph-pool.ts';
import { SupergraphWatch } from './supergraph/watch.ts';
import { createHttpSubgraph } from './transports/http-subgraph.ts';
import { type OptionsOf, readSubgraphOptions } from './transports/subgraph-options.ts';

export interface ForeignGraph {
  readonly url: string;
  /** For a person: what is served. */
  readonly greeting: string;
  stop(): Promise<void>;
}

export async function startForeign(config: Config, path: string): Promise<ForeignGraph> {
  const logger = createLogger({ level: config.LOG_LEVEL, file: config.LOG_FILE });
  const askedAs = readSubgraphOptions(config.SUBGRAPH_OPTIONS);
  const pool = new SubgraphPool((place) => clientOf(config, askedAs, place));
  const open = async <T>(supergraph: Supergraph, serve: (graph: Graph) => Promise<T>): Promise<T> => {
    const { clients, release } = pool.take(supergraph.subgraphs);
    try {
      return await serve({ supergraphSdl: supergraph.sdl, subgraphs: clients, release });
    } catch (cause) {
      await release();
      if (cause instanceof Fault) throw cause;
      throw new Fault('SUPERGRAPH_INVALID', `${path}: cannot be planned for: ${(cause as Error).message}`, { cause });
    }
  };
  const current = await readSupergraph(path);
  const opened = openGuard(config, logger, { introspection: 'open' });
  const { redis } = opened.guard.options;
  const identity = await openIdentity({ config, tokens: verifierOf(config), redis, logger });
  let watch: SupergraphWatch | undefined;
  const gateway = await open(current, (graph) =>
    startGateway({
      ...graph,
      tokens: identity.tokens,
      revocations: identity.revocations,
      logger,
      engine: config.GATEWAY_ENGINE,
      authorization: config.AUTHORIZATION_MODE,
      guard: opened.guard,
      host: config.HOST,
      port: config.PORT,
      liveData: limitsOf(config),
      sharing: { capacityBytes: config.LIVE_BUFFER_BYTES },
      supergraph: () => watch?.status ?? { sha256: current.sha256, version: current.version },
      forwardHeaders: config.FORWARD_HEADERS,
      overload: overloadOf(config),
      shutdown: shutdownOf(config),
    }),
  );
  const take = (next: Supergraph) => open(next, (graph) => gateway.reload(graph));
  const pollMs = config.SUPERGRAPH_POLL_SECONDS * 1_000;
  watch = new SupergraphWatch({ path, current, take, logger, pollMs });
  const places = current.subgraphs.map(({ name, url }) => `  ${name}: ${url}`);
  return {
    url: gateway.url,
    greeting: [`${path}, ${places.length} subgraphs`, ...places, ''].join('\n'),
    async stop() {
      await watch?.stop();
      await gateway.close();
      await identity.stop();
      await opened.close();
    },
  };
}

function clientOf(config: Config, askedAs: OptionsOf, { name, url }: SubgraphPlace): SubgraphClient {
  const key = config.TILLGRAPH_SECRET === undefined ? undefined : deriveKeys(config.TILLGRAPH_SECRET).request;
  return createHttpSubgraph({ name, url, key, clock: systemClock, options: askedAs(name) });
}

/** With neither a key set nor a secret there is nothing a token could be checked by. */
function verifierOf(config: Config): TokenVerifier {
  const { AUTH_JWKS_URL: jwksUrl, TILLGRAPH_SECRET: secret } = config;
  if (jwksUrl === undefined && secret === undefined) return everybodyAnonymous;
  const key = deriveKeys(secret ?? randomHex(32)).token;
  const settings = {
    issuer: config.AUTH_ISSUER,
    audience: config.AUTH_AUDIENCE,
    key,
    jwksUrl,
    toleranceSeconds: config.AUTH_CLOCK_TOLERANCE_SECONDS,
  };
  return createTokenVerifier(settings, () => systemClock.now().getTime());
}
