// Writes what follows from other files: resolver types per subgraph, the supergraph, and the tables in docs/. `--check` writes
// nothing and ends with 1 where a file is out of date, composition fails or leaves a hint. Names (`npm run codegen -- order`) limit
// it to those subgraphs' types.
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { generate, loadCodegenConfig } from '@graphql-codegen/cli';
import { composeSupergraph } from '../gateway/supergraph/compose.ts';
import { documents } from './doc-tables.ts';

interface GeneratedFile {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
}

const root = join(import.meta.dirname, '..');
const supergraphPath = 'gateway/supergraph/supergraph.graphql';
const sharedPath = 'contracts/shared.graphql';

const { config } = await loadCodegenConfig({ configFilePath: join(root, 'codegen.yml') });

/** The subgraphs of codegen.yml; one whose schema.graphql is not written yet is left out. */
const subgraphs = Object.entries(config.generates).flatMap(([path, output]) => {
  const name = path.split('/')[1] ?? path;
  const schemaPath = `subgraphs/${name}/schema.graphql`;
  return existsSync(join(root, schemaPath)) ? [{ name, path, output, schemaPath }] : [];
});

async function resolverTypes(names: readonly string[]): Promise<GeneratedFile[]> {
  const wanted = subgraphs.filter(({ name }) => names.length === 0 || names.includes(name));
  if (wanted.length === 0) return [];
  const generates = Object.fromEntries(wanted.map(({ path, output }) => [path, output]));
  const files: { filename: string; content: string }[] = await generate(
    { ...config, generates, cwd: root, silent: true, noSilentErrors: true },
    false,
  );
  return files.map((file) => ({ path: file.filename, text: file.content }));
}

function supergraph(): { files: GeneratedFile[]; problems: string[] } {
  // Half a retailer does not compose: references would lead nowhere.
  if (subgraphs.length < Object.keys(config.generates).length) return { files: [], problems: [] };
  const shared = readFileSync(join(root, sharedPath), 'utf8');
  const { supergraphSdl, problems } = composeSupergraph(
    subgraphs.map(({ name, schemaPath }) => ({
      name,
      sdl: `${readFileSync(join(root, schemaPath), 'utf8')}\n${shared}`,
    })),
  );
  return {
    files: supergraphSdl === undefined ? [] : [{ path: supergraphPath, text: supergraphSdl }],
    problems: problems.map((problem) => `composition: ${problem}`),
  };
}

async function isOnDisk(file: GeneratedFile): Promise<boolean> {
  return (await readFile(join(root, file.path), 'utf8').catch(() => undefined)) === file.text;
}

const names = process.argv.slice(2).filter((argument) => argument !== '--check');
const check = process.argv.includes('--check');
const composed = names.length === 0 ? supergraph() : { files: [], problems: [] };
const documentation = names.length === 0 ? await documents() : [];
const files = [...(await resolverTypes(names)), ...composed.files, ...documentation];
const problems = [...composed.problems];
for (const file of files) {
  if (await isOnDisk(file)) continue;
  if (check) {
    problems.push(`${file.path} is out of date: run \`npm run codegen\` and commit it`);
    continue;
  }
  await mkdir(dirname(join(root, file.path)), { recursive: true });
  await writeFile(join(root, file.path), file.text);
  console.log(`wrote ${file.path}`);
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else if (check) console.log(`${files.length} generated files are up to date`);
