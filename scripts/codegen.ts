// Writes what follows from the SDL: resolver types per subgraph, and the supergraph. `--check` writes nothing and ends with 1 where
// a file is out of date, composition fails or leaves a hint. Names (`npm run codegen -- order`) limit it to those subgraphs' types.
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { generate, loadCodegenConfig } from '@graphql-codegen/cli';

interface GeneratedFile {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
}

interface Composition {
  readonly supergraphSdl?: string | undefined;
  readonly hints: readonly unknown[];
  readonly errors: readonly unknown[];
}

const root = join(import.meta.dirname, '..');
const composer = join(root, 'gateway/supergraph/compose.ts');
const supergraphPath = 'gateway/supergraph/supergraph.graphql';

async function resolverTypes(only: readonly string[]): Promise<GeneratedFile[]> {
  const { config } = await loadCodegenConfig({ configFilePath: join(root, 'codegen.yml') });
  const outputs = Object.entries(config.generates).filter(
    ([path, output]) =>
      (only.length === 0 || only.some((name) => path.startsWith(`subgraphs/${name}/`))) &&
      schemaFiles(output).every((file) => existsSync(join(root, file))),
  );
  if (outputs.length === 0) return [];
  const files: { filename: string; content: string }[] = await generate(
    { ...config, generates: Object.fromEntries(outputs), cwd: root, silent: true, noSilentErrors: true },
    false,
  );
  return files.map((file) => ({ path: file.filename, text: file.content }));
}

function schemaFiles(output: unknown): string[] {
  const { schema } = output as { schema?: string | readonly string[] };
  return [schema ?? []].flat();
}

/** What is wrong with the graph as a whole, and the supergraph when nothing is. A hint counts as wrong: it tells of a field that vanishes. */
async function supergraph(): Promise<{ files: GeneratedFile[]; problems: string[] }> {
  if (!existsSync(composer)) return { files: [], problems: [] };
  const { composeSupergraph } = (await import(composer)) as {
    composeSupergraph: () => Composition | Promise<Composition>;
  };
  const { supergraphSdl, hints, errors } = await composeSupergraph();
  const problems = [
    ...errors.map((error) => `composition: ${textOf(error)}`),
    ...hints.map((hint) => `composition hint: ${textOf(hint)}`),
  ];
  const files = supergraphSdl === undefined ? [] : [{ path: supergraphPath, text: supergraphSdl }];
  return { files, problems };
}

function textOf(problem: unknown): string {
  if (typeof problem === 'string') return problem;
  const { message } = problem as { message?: unknown };
  return typeof message === 'string' ? message : String(problem);
}

async function isOnDisk(file: GeneratedFile): Promise<boolean> {
  return (await readFile(join(root, file.path), 'utf8').catch(() => undefined)) === file.text;
}

const names = process.argv.slice(2).filter((argument) => argument !== '--check');
const check = process.argv.includes('--check');
const composed = names.length === 0 ? await supergraph() : { files: [], problems: [] };
const files = [...(await resolverTypes(names)), ...composed.files];
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
