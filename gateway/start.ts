// Serves the whole graph in one process, until it is told to stop.
import { loadConfig } from '#platform/config/config.ts';
import { systemClock } from '#platform/kernel/clock.ts';
import { onStopSignal } from '#platform/telemetry/exit.ts';
import { startGraph } from './graph.ts';
import { greet } from './greeting.ts';

export async function start(): Promise<void> {
  const config = loadConfig();
  const graph = await startGraph(config);
  onStopSignal(() => graph.stop());
  process.stdout.write(await greet({ config, ...graph, now: systemClock.now() }));
  process.stdout.write(`ready ${graph.url}\n`);
}
