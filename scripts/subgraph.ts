// npm run subgraph -- order [--port 4001]: one subgraph on its own, behind signed requests; the gateway finds it by
// SUBGRAPH_<NAME>_URL. It reads the same settings as the gateway; both need the same TILLGRAPH_SECRET or DATA_DIR.
import { Argument, Command } from 'commander';
import { deriveKeys } from '#platform/auth/keys.ts';
import { loadConfig, rootSecret } from '#platform/config/config.ts';
import { serveSubgraph } from '#platform/graphql/http-server.ts';
import { systemClock } from '#platform/kernel/clock.ts';
import { exitOnFailure, onStopSignal } from '#platform/telemetry/exit.ts';
import { createLogger } from '#platform/telemetry/logger.ts';
import { modules } from '../gateway/modules.ts';
import { runSubgraph } from '../gateway/mount.ts';
import { openAll } from '../gateway/places.ts';

const names = modules.map((module) => module.name);

const program = new Command('subgraph')
  .description('Runs one subgraph on its own, for a gateway elsewhere.')
  .addArgument(new Argument('<name>', 'which one').choices(names))
  .option('--port <port>', 'port to listen on; 0 takes a free one', '0')
  .action((name: string, options: { port: string }) => exitOnFailure(serve(name, Number(options.port))));

async function serve(name: string, port: number): Promise<void> {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('--port: must be from 0 to 65535');
  const config = loadConfig();
  const logger = createLogger({ level: config.LOG_LEVEL, file: config.LOG_FILE });
  const databases = await openAll(config, logger);
  const module = modules.find((candidate) => candidate.name === name);
  if (!module) throw new Error(`there is no subgraph ${name}`);
  const keys = deriveKeys(rootSecret(config));
  const subgraph = await runSubgraph(module, { config, databases, keys, clock: systemClock, logger });
  subgraph.start();
  const { HOST: host } = config;
  const server = await serveSubgraph({ subgraph, key: keys.request, clock: systemClock, logger, host, port });
  process.stdout.write(`ready ${server.url}\n`);
  onStopSignal(async () => {
    await server.close();
    await subgraph.close();
    await databases.stop();
  });
}

await program.parseAsync();
