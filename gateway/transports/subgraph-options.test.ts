// SUBGRAPH_OPTIONS as a person writes it: for all subgraphs, for one of any name, and what is said of a mistake in it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readSubgraphOptions } from './subgraph-options.ts';

it('unset leaves every subgraph as usual', () => {
  expect(readSubgraphOptions(undefined)('anything')).toMatchObject({ timeoutMs: 10_000, retries: 2, breaker: true });
});

it('says what holds for all, and for one what differs from that', () => {
  const optionsOf = readSubgraphOptions('{"*": {"timeoutMs": 500, "retries": 0}, "my shop/eu": {"timeoutMs": 900}}');
  expect(optionsOf('my shop/eu')).toMatchObject({ timeoutMs: 900, retries: 0, queue: 1_000 });
  expect(optionsOf('other')).toMatchObject({ timeoutMs: 500, retries: 0, queue: 1_000 });
});

it('may stand in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tillgraph-options-'));
  const file = join(folder, 'subgraphs.json');
  writeFileSync(file, '{"order": {"connections": 4}}');
  expect(readSubgraphOptions(file)('order').connections).toBe(4);
  rmSync(folder, { recursive: true });
});

it.each([
  ['no JSON', '{', /^SUBGRAPH_OPTIONS must be .*JSON/],
  ['a file that is not there', '/nowhere/subgraphs.json', /^SUBGRAPH_OPTIONS must be .*no such file/],
  ['options of no subgraph', '{"timeoutMs": 500}', /^SUBGRAPH_OPTIONS must be .*name of a subgraph/],
  ['an option that is none', '{"a": {"timeout": 5}}', /^SUBGRAPH_OPTIONS: a: .*timeout.*there are timeoutMs, /],
  ['a value out of range', '{"*": {"timeoutMs": 0}}', /^SUBGRAPH_OPTIONS: \*\.timeoutMs: /],
])('%s is refused at once, with what would be right', (_, setting, message) => {
  expect(() => readSubgraphOptions(setting)).toThrow(message);
});
