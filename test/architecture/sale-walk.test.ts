// The walk of one sale, as docs/architecture.md tells it, held to the code: real files, at most seven, each reached from the ones
// before it by an import, through a port that both name, or through a field of the graph.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root, source } from './tree.ts';

const HEADING = '## The walk of one sale';
const MOST_FILES = 7;

interface Station {
  readonly file: string;
  /** A name that both sides of an injected call use: "through the port `Transport`". */
  readonly port: string | undefined;
  /** A field of the supergraph, resolved by a property of that name: "through the field `recordSale`". */
  readonly field: string | undefined;
}

/** The numbered steps of the section; each names its file first, in backticks. */
function stationsOf(text: string): Station[] {
  const section = text.split(`${HEADING}\n`)[1]?.split(/\n## /)[0] ?? '';
  return section.split(/\n(?=\d+\. )/).flatMap((step) => {
    const file = /^\s*\d+\. [^`]*`([\w./-]+\.ts)`/.exec(step)?.[1];
    const port = /\bport `(\w+)`/.exec(step)?.[1];
    return file === undefined ? [] : [{ file, port, field: /\bfield `(\w+)`/.exec(step)?.[1] }];
  });
}

const supergraph = readFileSync(join(root, 'gateway/supergraph/supergraph.graphql'), 'utf8');

test('the walk of one sale is told in docs/architecture.md and runs through at most seven files', () => {
  const path = join(root, 'docs/architecture.md');
  expect(existsSync(path), 'docs/architecture.md is missing').toBe(true);
  const stations = stationsOf(readFileSync(path, 'utf8'));
  expect(
    stations.length,
    `docs/architecture.md needs a section "${HEADING}": numbered steps, each opening with its file in backticks`,
  ).toBeGreaterThan(0);
  expect(new Set(stations.map(({ file }) => file)).size, 'files on the walk of one sale').toBeLessThanOrEqual(
    MOST_FILES,
  );

  const wrong = stations.flatMap(({ file, port, field }, index) => {
    const here = source(file);
    if (here === undefined) return [`step ${index + 1} names ${file}, which does not exist`];
    const before = stations.slice(0, index).flatMap((station) => source(station.file) ?? []);
    const imported = before.some((earlier) => earlier.imports.some((target) => target.file === file));
    const names = (code: string) => port !== undefined && new RegExp(`\\b${port}\\b`).test(code);
    const injected = names(here.code) && before.some((earlier) => names(earlier.code));
    const resolved =
      field !== undefined &&
      supergraph.includes(`  ${field}(`) &&
      here.imports.some(({ file: target }) => target?.endsWith('/__generated__/resolvers.ts')) &&
      new RegExp(`\\b${field}\\b\\s*[:(]`).test(here.code);
    return index === 0 || imported || injected || resolved
      ? []
      : [
          `step ${index + 1}: no file before ${file} imports it; name the port or field it is called through: "through the port \`Name\`"`,
        ];
  });
  expect(wrong).toEqual([]);
});
