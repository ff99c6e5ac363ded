// Serves the whole graph in one process, or the supergraph that SUPERGRAPH names, until it is told to stop.
import { Command } from 'commander';
import { type Config, loadConfig } from '#platform/config/config.ts';
import { systemClock } from '#platform/kernel/clock.ts';
import { onStopSignal } from '#platform/telemetry/exit.ts';
import { createLogger } from '#platform/telemetry/logger.ts';
import { openNeeded } from './places.ts';

export async function start(): Promise<void> {
  await new Command('npm start')
    .description(
      'Serves the whole graph. Takes no options: settings are environment variables, see docs/configuration.md.',
    )
    .action(serve)
    .parseAsync();
}

async function serve(): Promise<void> {
  const config = loadConfig();
  if (config.SUPERGRAPH !== undefined) return serveForeign(config, config.SUPERGRAPH);
  // The database starts on the other core while the rest of our code is loaded.
  const opening = openNeeded(config, createLogger({ level: config.LOG_LEVEL, file: config.LOG_FILE }));
  opening.catch(() => undefined);
  const [{ startGraph }, { greet }] = await Promise.all([import('./graph.ts'), import('./greeting.ts')]);
  const graph = await startGraph(config, opening);
  onStopSignal(() => graph.stop());
  process.stdout.write(await greet({ config, ...graph, now: systemClock.now() }));
  process.stdout.write(`ready ${graph.url}\n`);
}

/** Nothing of our own graph is loaded for it. */
async function serveForeign(config: Config, path: string): Promise<void> {
  const { startForeign } = await import('./foreign.ts');
  const graph = await startForeign(config, path);
  onStopSignal(() => graph.stop());
  process.stdout.write(`${graph.greeting}ready ${graph.url}\n`);
}
