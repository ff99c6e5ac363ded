// What the commands say to somebody who calls them otherwise than they are meant: one line and exit code 1, and nothing is started.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

function run(...command: readonly string[]): Promise<{ code: unknown; output: string; errors: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...command], { cwd: root }, (error, output, errors) => {
      resolve({ code: error?.code ?? 0, output, errors });
    });
  });
}

test.each([
  ['npm start with an option', ['gateway/main.ts', '--port', '5000'], "unknown option '--port'"],
  ['npm start with an argument', ['gateway/main.ts', 'order'], 'too many arguments'],
  ['npm run seed with an option', ['scripts/seed.ts', '--fast'], "unknown option '--fast'"],
  ['npm run migrate with an option', ['scripts/migrate.ts', '--down'], "unknown option '--down'"],
  ['npm run subgraph of none', ['scripts/subgraph.ts', 'orders'], 'Allowed choices are product'],
  ['npm run token for a shop it does not name', ['scripts/token.ts', '--role', 'store'], '--location: a store token'],
  ['npm run token for nobody', ['scripts/token.ts', '--role', 'shopper'], '--customer: a shopper token'],
])('%s ends with what is wrong', async (_, command, message) => {
  const { code, output, errors } = await run(...command);
  expect({ code, output }).toEqual({ code: 1, output: '' });
  expect(errors).toContain(message);
  expect(errors.trim().split('\n')).toHaveLength(1);
});

test('npm start says where its settings are', async () => {
  const { code, output } = await run('gateway/main.ts', '--help');
  expect(code).toBe(0);
  expect(output).toContain('docs/configuration.md');
});
