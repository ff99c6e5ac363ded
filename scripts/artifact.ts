// npm run artifact -- supergraph.graphql <folder> --version <version>: the folder that SUPERGRAPH may name, with the hash it is checked by.
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { systemClock } from '#platform/kernel/clock.ts';
import { exitOnFailure } from '#platform/telemetry/exit.ts';
import { writeArtifact } from '../gateway/supergraph/artifact.ts';

await new Command('npm run artifact --')
  .description('Writes a supergraph and its manifest into a folder that gateways serve it from.')
  .argument('<file>', 'the composed supergraph')
  .argument('<folder>', 'where gateways look (SUPERGRAPH); made if it is not there')
  .requiredOption('--version <version>', 'what this one is called; gateways tell it at /readyz')
  .action((file: string, folder: string, { version }: { version: string }) =>
    exitOnFailure(write(file, folder, version)),
  )
  .parseAsync();

async function write(file: string, folder: string, version: string): Promise<void> {
  const publication = { sdl: readFileSync(file, 'utf8'), version, createdAt: systemClock.now() };
  const { sha256, subgraphs } = await writeArtifact(folder, publication);
  process.stdout.write(`${folder}: version ${version}, ${subgraphs.length} subgraphs, sha256 ${sha256}\n`);
}
