// Settings: everything wrong is told at once, defaults hold, and two processes agree on one secret.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { loadConfig, rootSecret } from './config.ts';

const folder = mkdtempSync(join(tmpdir(), 'tillgraph-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('an empty environment is enough', () => {
  expect(loadConfig({ PORT: '' })).toMatchObject({
    PORT: 4000,
    HOST: '127.0.0.1',
    SEED: 'demo',
    DATABASE_URL: undefined,
  });
});

it('names every wrong variable with its value and what would be right', () => {
  const wrong = {
    PORT: '70000',
    DATABASE_URL: 'mysql://x',
    SEED: 'yes',
    TILLGRAPH_SECRET: 'short',
    DATABASE_POOL_SIZE: '1.5',
  };
  expect(() => loadConfig(wrong)).toThrow(
    expect.objectContaining({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringMatching(
        /PORT=70000[^]*TILLGRAPH_SECRET=[^]*DATABASE_URL=mysql:[^]*POOL_SIZE=1\.5[^]*SEED=yes/,
      ),
    }),
  );
  expect(() => loadConfig(wrong)).toThrow(/postgres:\/\/ or postgresql:\/\//);
});

it('the secret is made once, for its owner only, and read by whoever comes second', () => {
  const config = loadConfig({ DATA_DIR: join(folder, 'data') });
  const secret = rootSecret(config);
  expect(secret).toMatch(/^[0-9a-f]{64}$/);
  expect(rootSecret(config)).toBe(secret);
  expect(statSync(join(folder, 'data', 'secret')).mode & 0o777).toBe(0o600);
  expect(rootSecret(loadConfig({ TILLGRAPH_SECRET: 'x'.repeat(32) }))).toBe('x'.repeat(32));
});

it('a secret is never repeated in what is told of a wrong one', () => {
  const told = (environment: Record<string, string>) => {
    try {
      loadConfig(environment);
    } catch (error) {
      return (error as Error).message;
    }
    return '';
  };
  expect(told({ TILLGRAPH_SECRET: 'hunter2' })).not.toContain('hunter2');
  expect(told({ DATABASE_URL: 'mysql://admin:hunter2@host/db' })).not.toContain('hunter2');
});
