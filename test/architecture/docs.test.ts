// Documents held to the code, both ways: error codes, environment variables, events and commands. Where a row is missing or wrong,
// the failure shows the row to write.
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { settings } from '#platform/config/settings.ts';
import { codes } from '#platform/errors/codes.ts';
import type { EventContract } from '#platform/messaging/contract.ts';
import { paths, root } from './tree.ts';

const read = (path: string) => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '');

const row = (...cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

/** The rows of the table under a heading, without its head. */
function tableUnder(path: string, heading: string): string[] {
  const lines = read(path).split('\n');
  const start = lines.indexOf(heading);
  if (start < 0) return [];
  const length = lines.slice(start + 1).findIndex((line) => line.startsWith('#'));
  const section = lines.slice(start + 1, length < 0 ? undefined : start + 1 + length);
  return section.filter((line) => line.startsWith('|')).slice(2);
}

function expectTable(path: string, heading: string, rows: readonly string[]): void {
  const found = tableUnder(path, heading);
  const missing = rows.filter((line) => !found.includes(line)).map((line) => `${path}, "${heading}" lacks: ${line}`);
  const dead = found
    .filter((line) => !rows.includes(line))
    .map((line) => `${path}, "${heading}" has what is no more: ${line}`);
  expect([...missing, ...dead]).toEqual([]);
}

const headingsOf = (path: string, level: string) =>
  read(path)
    .split('\n')
    .flatMap((line) => (line.startsWith(`${level} `) ? [line.slice(level.length + 1)] : []));

test('docs/errors.md lists every technical code', () => {
  const rows = Object.entries(codes).map(([code, { meaning, retryable }]) =>
    row(`\`${code}\``, retryable ? 'yes' : 'no', meaning),
  );
  expectTable('docs/errors.md', '## Technical codes', rows);
});

const refusing = paths.filter((path) => /^subgraphs\/[^/]+\/rejections\.ts$/.test(path));
const subgraphOf = (path: string) => path.split('/')[1] ?? '';

test.each(refusing.map((path) => ({ path, subgraph: subgraphOf(path) })))(
  'docs/errors.md lists every refusal of $subgraph',
  async ({ path, subgraph }) => {
    const { rejections } = (await import(join(root, path))) as { rejections: Readonly<Record<string, string>> };
    const rows = Object.entries(rejections).map(([code, meaning]) => row(`\`${code}\``, meaning));
    expectTable('docs/errors.md', `### ${subgraph}`, rows);
  },
);

test('docs/errors.md lists refusals of subgraphs that have some, and of no others', () => {
  expect(headingsOf('docs/errors.md', '###').toSorted()).toEqual(['all', ...refusing.map(subgraphOf)].toSorted());
});

test('docs/configuration.md lists every environment variable with its default', () => {
  const rows = Object.entries(settings).map(([name, { schema, meaning }]) => {
    const standard = schema.safeParse(undefined).data;
    return row(`\`${name}\``, standard === undefined ? '' : `\`${standard}\``, meaning);
  });
  expectTable('docs/configuration.md', '## Environment variables', rows);
});

const contractFiles = paths.filter((path) => /^contracts\/(product|inventory|customer|order|loyalty)\.ts$/.test(path));

function isContract(value: unknown): value is EventContract {
  return typeof value === 'object' && value !== null && 'dataclass' in value && 'schema' in value && 'version' in value;
}

const payloadOf = (schema: z.ZodType) =>
  'shape' in schema
    ? Object.keys(schema.shape as object)
        .map((field) => `\`${field}\``)
        .join(', ')
    : '';

test.each(contractFiles)('docs/events.md lists every event of %s', async (path) => {
  const exported = Object.values((await import(join(root, path))) as Record<string, unknown>).filter(isContract);
  const rows = exported.map((contract) =>
    row(
      `\`${contract.name}\``,
      String(contract.version),
      contract.key,
      contract.dataclass,
      contract.meaning,
      payloadOf(contract.schema),
    ),
  );
  expect(rows.length).toBeGreaterThan(0);
  expectTable('docs/events.md', `## ${basename(path, '.ts')}`, rows);
});

test('docs/events.md lists events of files of contracts that exist, and of no others', () => {
  const names = contractFiles.map((path) => basename(path, '.ts'));
  expect(
    headingsOf('docs/events.md', '##')
      .filter((name) => /^[a-z]+$/.test(name))
      .toSorted(),
  ).toEqual(names.toSorted());
});

const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts);
const documents = paths.filter((path) => /^(README|AGENTS|CHANGELOG)\.md$|^docs\/.*\.md$/.test(path));

test('every npm command in a document is a script of package.json', () => {
  const wrong = documents.flatMap((path) =>
    [...read(path).matchAll(/\bnpm (?:run ([\w:-]*\w)|(test|start)\b)/g)]
      .flatMap((match) => match[1] ?? match[2] ?? [])
      .filter((script) => !scripts.includes(script))
      .map((script) => `${path} says "npm run ${script}", and package.json has no such script`),
  );
  expect(wrong).toEqual([]);
});

test('every script of package.json is told of in README.md or AGENTS.md', () => {
  const told = `${read('README.md')}\n${read('AGENTS.md')}`;
  const silent = scripts
    .filter((script) => !/^(pre|post)/.test(script))
    .filter((script) => !told.includes(`npm run ${script}`) && !told.includes(`npm ${script}`))
    .map((script) => `neither README.md nor AGENTS.md says what "npm run ${script}" does`);
  expect(silent).toEqual([]);
});

test('every relative link of a document leads to a file', () => {
  const wrong = documents.flatMap((path) =>
    [...read(path).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)]
      .flatMap((match) => match[1] ?? [])
      .filter((target) => !existsSync(join(root, path, '..', target)))
      .map((target) => `${path} links to ${target}, which does not exist`),
  );
  expect(wrong).toEqual([]);
});
