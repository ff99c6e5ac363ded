// npm run seed: fills an empty database with the demo retailer and ends; what is there already stays as it is.
import { Command } from 'commander';
import { loadConfig } from '#platform/config/config.ts';
import { exitOnFailure } from '#platform/telemetry/exit.ts';
import { startGraph } from '../gateway/graph.ts';

async function seed(): Promise<void> {
  const graph = await startGraph({ ...loadConfig(), HOST: '127.0.0.1', PORT: 0, SEED: 'demo' });
  const { customers, shop } = graph.feeds;
  await graph.stop();
  process.stdout.write(`The demo retailer is in: ${graph.where}\n`);
  process.stdout.write(
    `First shop: ${shop?.name} (${shop?.gln}). Customers: ${customers.map(({ name }) => name).join(', ')}.\n`,
  );
}

await new Command('seed')
  .description('Fills an empty database with the demo retailer. Takes no options: settings are environment variables.')
  .action(() => exitOnFailure(seed()))
  .parseAsync();
