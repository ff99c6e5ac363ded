// The only places where a house rule does not hold, each with the reason. A line that nothing needs any more fails the test.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './tree.ts';

export interface Exemption {
  readonly rule: string;
  /** A file, or a folder ending in a slash. */
  readonly path: string;
  readonly reason: string;
}

export const exemptions: readonly Exemption[] = [
  {
    rule: 'retail words',
    path: 'platform/auth/',
    reason: 'the roles, scopes and claims of a token are one table, for all subgraphs and for the documentation',
  },
  {
    rule: 'retail words',
    path: 'platform/config/settings.ts',
    reason: 'one table of all environment variables, and some are named after subgraphs',
  },
  {
    rule: 'pg',
    path: 'test/integration/embedded-postgres.test.ts',
    reason: 'it tests the server below our driver wrapper',
  },
  {
    rule: 'clock',
    path: 'connectors/sandbox-erp/server/',
    reason: 'a foreign process: it has its own clock and ids, as a real ERP has',
  },
];

const used = new Set<Exemption>();

/** True where an exemption covers the file for the rule; remembers that it was needed. */
export function exempt(rule: string, path: string): boolean {
  const found = exemptions.find(
    (entry) => entry.rule === rule && (entry.path.endsWith('/') ? path.startsWith(entry.path) : path === entry.path),
  );
  if (found) used.add(found);
  return found !== undefined;
}

/** Exemptions of these rules that no file needed. */
export function unusedExemptions(rules: readonly string[]): string[] {
  return exemptions
    .filter((entry) => rules.includes(entry.rule) && !used.has(entry) && existsSync(join(root, entry.path)))
    .map(
      (entry) => `${entry.path} is exempt from "${entry.rule}" and does not need it: remove the line in exemptions.ts`,
    );
}
