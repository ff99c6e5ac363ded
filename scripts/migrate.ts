// npm run migrate: brings every subgraph's schema forward and says what was applied. Safe while the graph runs.
import { Command } from 'commander';
import { loadConfig } from '#platform/config/config.ts';
import { migrateSubgraph } from '#platform/graphql/subgraph.ts';
import { systemClock } from '#platform/kernel/clock.ts';
import { exitOnFailure } from '#platform/telemetry/exit.ts';
import { createLogger } from '#platform/telemetry/logger.ts';
import { modules } from '../gateway/modules.ts';
import { openAll } from '../gateway/places.ts';

async function run(): Promise<void> {
  const config = loadConfig();
  const databases = await openAll(config, createLogger({ level: config.LOG_LEVEL, file: config.LOG_FILE }));
  try {
    for (const module of modules) {
      const applied = await migrateSubgraph(module, databases.urlOf(module.schema), systemClock);
      process.stdout.write(`${module.schema}: ${applied.length === 0 ? 'up to date' : applied.join(', ')}\n`);
    }
  } finally {
    await databases.stop();
  }
}

await new Command('migrate')
  .description('Brings the schemas forward. Takes no options: settings are environment variables.')
  .action(() => exitOnFailure(run()))
  .parseAsync();
