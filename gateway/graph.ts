// The whole graph in this process: settings, database, subgraphs, gateway, and the system of record beside it. For `npm start`,
// which serves it, and `npm run seed`, which only wants what it fills in.
import { readFileSync } from 'node:fs';
import { deriveKeys } from '#platform/auth/keys.ts';
import { createTokenVerifier, type TokenSettings } from '#platform/auth/tokens.ts';
import { type Config, rootSecret } from '#platform/config/config.ts';
import type { OpenDatabases } from '#platform/db/open.ts';
import { settled } from '#platform/graphql/subgraph.ts';
import { systemClock } from '#platform/kernel/clock.ts';
import { createLogger } from '#platform/telemetry/logger.ts';
import { overloadOf, shutdownOf } from './capacity.ts';
import { type Feeds, startFeeds } from './feeds.ts';
import { startGateway } from './gateway.ts';
import { modules } from './modules.ts';
import { mountAll, needsOf } from './mount.ts';
import { openNeeded } from './places.ts';
import { graphLimits } from './security/graph-limits.ts';
import { openIdentity } from './security/identity.ts';
import { openGuard } from './security/open-guard.ts';
import { limitsOf } from './subscriptions/limits.ts';

export interface WholeGraph {
  readonly url: string;
  /** Where the data is, for a person. */
  readonly where: string;
  readonly settings: TokenSettings;
  readonly feeds: Feeds;
  /** Lets running requests end, then stops what was started. */
  stop(): Promise<void>;
}

const SETTLE_MS = 30_000;

/**
 * Starts it all; what had started before something failed is stopped again. `opening`: the databases, on their way already.
 */
export async function startGraph(config: Config, opening?: Promise<OpenDatabases>): Promise<WholeGraph> {
  const started: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (let last = started.pop(); last; last = started.pop()) await last();
  };
  try {
    return { ...(await startParts(config, started, opening)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(
  config: Config,
  started: (() => Promise<unknown>)[],
  opening?: Promise<OpenDatabases>,
): Promise<Omit<WholeGraph, 'stop'>> {
  const logger = createLogger({ level: config.LOG_LEVEL, file: config.LOG_FILE });
  const clock = systemClock;
  const databases = await (opening ?? openNeeded(config, logger));
  started.push(() => databases.stop());
  const keys = deriveKeys(rootSecret(config));
  const mounted = await mountAll(modules, { config, databases, keys, clock, logger });
  started.push(() => Promise.all(mounted.clients.map((client) => client.close())));
  const settings = {
    issuer: config.AUTH_ISSUER,
    audience: config.AUTH_AUDIENCE,
    key: keys.token,
    jwksUrl: config.AUTH_JWKS_URL,
    toleranceSeconds: config.AUTH_CLOCK_TOLERANCE_SECONDS,
  };
  const introspection = config.SEED === 'demo' ? 'open' : 'role';
  const opened = openGuard(config, logger, { limits: graphLimits, introspection });
  started.push(() => opened.close());
  const { redis } = opened.guard.options;
  const verifier = createTokenVerifier(settings, () => clock.now().getTime());
  const identity = await openIdentity({ config, tokens: verifier, redis, logger });
  started.push(() => identity.stop());
  const gateway = await startGateway({
    supergraphSdl: readFileSync(new URL('./supergraph/supergraph.graphql', import.meta.url), 'utf8'),
    subgraphs: mounted.clients,
    tokens: identity.tokens,
    revocations: identity.revocations,
    logger,
    engine: config.GATEWAY_ENGINE,
    authorization: config.AUTHORIZATION_MODE,
    guard: opened.guard,
    host: config.HOST,
    port: config.PORT,
    examples: new URL('../examples/', import.meta.url),
    liveData: limitsOf(config),
    // A slow screen misses states of stock that newer ones have replaced.
    sharing: {
      things: { stockChanged: 'position { sku location version }' },
      capacityBytes: config.LIVE_BUFFER_BYTES,
    },
    needs: needsOf(mounted),
    forwardHeaders: config.FORWARD_HEADERS,
    overload: overloadOf(config),
    shutdown: shutdownOf(config),
  });
  started.push(() => gateway.close());
  const settle = () => settled(mounted.inProcess, SETTLE_MS);
  const feeds = await startFeeds({ config, gateway, clock, logger, settle });
  started.push(() => feeds.stop());
  return { url: gateway.url, where: databases.where, settings, feeds };
}
