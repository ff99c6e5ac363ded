// Documents held to the code, both ways: error codes, refusals, environment variables, events and commands.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { docTables, rowsIn } from '../../scripts/doc-tables.ts';
import { paths, root } from './tree.ts';

const read = (path: string) => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '');

const tables = await docTables();

test.each(tables)('$path says under "$heading" what the code says', ({ path, heading, rows }) => {
  const found = rowsIn(read(path), heading);
  const missing = rows.filter((line) => !found.includes(line)).map((line) => `${path}, "${heading}" lacks: ${line}`);
  const dead = found
    .filter((line) => !rows.includes(line))
    .map((line) => `${path}, "${heading}" has what is no more: ${line}`);
  expect([...missing, ...dead], '`npm run codegen` writes these tables').toEqual([]);
});

test('documents have no section for a subgraph that refuses nothing or tells no event', () => {
  const headings = (path: string, pattern: RegExp) =>
    read(path)
      .split('\n')
      .filter((line) => pattern.test(line));
  const known = ['### all', ...tables.map(({ heading }) => heading)];
  const found = [...headings('docs/errors.md', /^### /), ...headings('docs/events.md', /^## [a-z]+$/)];
  expect(found.filter((heading) => !known.includes(heading))).toEqual([]);
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
