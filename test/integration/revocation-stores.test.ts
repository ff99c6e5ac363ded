// Revocations that outlive a gateway and reach the others, by a file and by Redis; and the key of a till, made by its command.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Principal } from '#platform/auth/principal.ts';
import { createTokenVerifier } from '#platform/auth/tokens.ts';
import { connectRedis, type Redis } from '#platform/cache/redis.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import { openIdentity } from '../../gateway/security/identity.ts';
import { RevocationFile } from '../../gateway/security/revocation-file.ts';
import { RevocationStream } from '../../gateway/security/revocation-stream.ts';
import { type RevocationStore, Revocations } from '../../gateway/security/revocations.ts';
import { startRedis, type TestRedis } from '../kit/redis.ts';
import { LOCATION } from '../kit/tickets.ts';

const nowMs = () => Date.now();
const inAnHour = () => nowMs() + 3_600_000;
const holder = (jti: string, clientId = 'web'): Principal => ({ sub: 'ann', clientId, roles: [], scopes: [], jti });
const EVENTUALLY = { timeout: 10_000 };
let folder: string;
let server: TestRedis;
const connections: Redis[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tillgraph-identity-'));
  server = await startRedis();
});
afterAll(async () => {
  for (const redis of connections) redis.disconnect();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const stores: Record<string, () => RevocationStore> = {
  'a file': () => new RevocationFile(join(folder, 'revoked.json'), silentLogger),
  Redis: () => {
    const redis = connectRedis(server.url, silentLogger);
    connections.push(redis);
    return new RevocationStream(redis);
  },
};

describe.each(Object.entries(stores))('revocations in %s', (_, open) => {
  it('reach another gateway that runs, and one that starts later', async () => {
    const [one, other, later] = [0, 1, 2].map(() => new Revocations(nowMs, [open()]));
    if (!one || !other || !later) throw new Error('three gateways');
    await one.start();
    await other.start();
    const heard: unknown[] = [];
    other.onRevoked(({ jti, clientId }) => heard.push(jti ?? clientId));
    await Promise.all([
      one.revoke({ jti: 'a', untilMs: inAnHour() }),
      one.revoke({ clientId: 'till-7', untilMs: inAnHour() }),
    ]);
    await vi.waitFor(() => expect(new Set(heard)).toEqual(new Set(['a', 'till-7'])), EVENTUALLY);
    await other.revoke({ jti: 'b', untilMs: inAnHour() });
    await vi.waitFor(() => expect(one.isRevoked(holder('b'))).toBe(true), EVENTUALLY);
    await later.start();
    const asked = [holder('a'), holder('b'), holder('c'), holder('c', 'till-7')];
    expect(asked.map((principal) => later.isRevoked(principal))).toEqual([true, true, false, true]);
    await Promise.all([one, other, later].map((each) => each.stop()));
  });
});

it('a file of revocations that cannot be read ends the start; one that breaks later leaves in force what it said', async () => {
  const path = join(folder, 'broken.json');
  await writeFile(path, '[{"jti": 7}]');
  const start = () => new Revocations(nowMs, [new RevocationFile(path, silentLogger)]);
  await expect(start().start()).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
  await writeFile(path, JSON.stringify([{ jti: 'a', until: new Date(inAnHour()).toISOString() }]));
  const revocations = start();
  await revocations.start();
  await writeFile(path, '[');
  await writeFile(path, JSON.stringify([{ jti: 'b', until: new Date(inAnHour()).toISOString() }]));
  await vi.waitFor(() => expect(revocations.isRevoked(holder('b'))).toBe(true), EVENTUALLY);
  expect(revocations.isRevoked(holder('a'))).toBe(true);
  await revocations.stop();
});

it('two gateways that write the file of revocations at once lose nothing of each other, nor of what people wrote', async () => {
  const path = join(folder, 'shared.json');
  const until = new Date(inAnHour()).toISOString();
  // Without an end of its line, as some editors leave it.
  await writeFile(path, JSON.stringify([{ clientId: 'till-7', until }], null, 2));
  const revoke = (name: string) =>
    promisify(execFile)(process.execPath, ['test/kit/revoking-child.ts', path, name, '200']);
  await Promise.all([revoke('one'), revoke('other')]);
  const revocations = new Revocations(nowMs, [new RevocationFile(path, silentLogger)]);
  await revocations.start();
  const all = ['one', 'other'].flatMap((name) => Array.from({ length: 200 }, (_, index) => `${name}-${index}`));
  expect(all.filter((jti) => !revocations.isRevoked(holder(jti)))).toEqual([]);
  expect(revocations.isRevoked(holder('x', 'till-7'))).toBe(true);
  await revocations.stop();
});

it('npm run api-key makes a key that is let in while the file has it', async () => {
  const path = join(folder, 'keys.json');
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, API_KEYS_FILE: path, DATA_DIR: folder };
  const make = async (...args: string[]) => {
    const { stdout } = await promisify(execFile)(process.execPath, ['scripts/api-key.ts', ...args], { env });
    return stdout.trim();
  };
  await expect(make('--client', 'till-7')).rejects.toThrow('--location');
  const key = await make('--client', 'till-7', '--location', LOCATION);
  const other = await make('--client', 'till-8', '--location', LOCATION, '--days', '1');
  expect(await readFile(path, 'utf8')).not.toContain(key.split('.')[1]);
  const tokens = createTokenVerifier({ issuer: 'us', audience: 'graph', key: Buffer.alloc(32) }, nowMs);
  const config = { API_KEYS_FILE: path, REVOCATIONS_FILE: undefined };
  const identity = await openIdentity({ config, tokens, redis: undefined, logger: silentLogger });
  expect(identity.tokens.verifyKey?.(key)).toMatchObject({ clientId: 'till-7', location: LOCATION, roles: ['store'] });
  expect(identity.tokens.verifyKey?.(other)).toMatchObject({ clientId: 'till-8', exp: expect.any(Number) });
  const kept = JSON.parse(await readFile(path, 'utf8')) as unknown[];
  await writeFile(path, JSON.stringify(kept.slice(1)));
  await vi.waitFor(() => expect(() => identity.tokens.verifyKey?.(key)).toThrow('not valid'), EVENTUALLY);
  expect(identity.tokens.verifyKey?.(other)).toMatchObject({ clientId: 'till-8' });
  await identity.stop();
});
