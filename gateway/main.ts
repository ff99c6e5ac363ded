// npm start: the whole graph in one process. Settings, database, subgraphs, gateway, and the demo's system of record beside it.
import { readFileSync } from 'node:fs';
import { deriveKeys } from '#platform/auth/keys.ts';
import { createTokenVerifier } from '#platform/auth/tokens.ts';
import { loadConfig, rootSecret } from '#platform/config/config.ts';
import { systemClock } from '#platform/kernel/clock.ts';
import { exitOnFailure, onStopSignal } from '#platform/telemetry/exit.ts';
import { createLogger } from '#platform/telemetry/logger.ts';
import { startFeeds } from './feeds.ts';
import { startGateway } from './gateway.ts';
import { greet } from './greeting.ts';
import { modules, openAll } from './modules.ts';
import { mountAll } from './mount.ts';

async function start(): Promise<void> {
  const config = loadConfig();
  const logger = createLogger({ level: config.LOG_LEVEL, file: config.LOG_FILE });
  const clock = systemClock;
  const databases = await openAll(config, logger);
  const keys = deriveKeys(rootSecret(config));
  const mounted = await mountAll(modules, { config, databases, keys, clock, logger });
  const settings = {
    issuer: config.AUTH_ISSUER,
    audience: config.AUTH_AUDIENCE,
    key: keys.token,
    jwksUrl: config.AUTH_JWKS_URL,
  };
  const gateway = await startGateway({
    supergraphSdl: readFileSync(new URL('./supergraph/supergraph.graphql', import.meta.url), 'utf8'),
    subgraphs: mounted.clients,
    tokens: createTokenVerifier(settings, () => clock.now().getTime()),
    logger,
    host: config.HOST,
    port: config.PORT,
    examples: new URL('../examples/', import.meta.url),
    ready: async () => {
      await Promise.all(mounted.inProcess.map((subgraph) => subgraph.unnumbered()));
    },
  });
  const feeds = await startFeeds({ config, gateway, logger });
  onStopSignal(async () => {
    await feeds.stop();
    await gateway.close();
    await Promise.all(mounted.clients.map((client) => client.close()));
    await databases.stop();
  });
  process.stdout.write(
    await greet({ config, settings, feeds, url: gateway.url, where: databases.where, now: clock.now() }),
  );
  process.stdout.write(`ready ${gateway.url}\n`);
}

await exitOnFailure(start());
