// Serves the whole graph in one process, until it is told to stop.
import { Command } from 'commander';
import { loadConfig } from '#platform/config/config.ts';
import { systemClock } from '#platform/kernel/clock.ts';
import { onStopSignal } from '#platform/telemetry/exit.ts';
import { startGraph } from './graph.ts';
import { greet } from './greeting.ts';

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
  const graph = await startGraph(config);
  onStopSignal(() => graph.stop());
  process.stdout.write(await greet({ config, ...graph, now: systemClock.now() }));
  process.stdout.write(`ready ${graph.url}\n`);
}
