// npm run api-key -- --client till-7 --location <gln>: makes a key for a till. Prints it, once; what is kept of it goes into API_KEYS_FILE.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { gln } from '#contracts/identifiers.ts';
import { makeApiKey, readApiKeys } from '#platform/auth/api-keys.ts';
import { type Role, scopesByRole } from '#platform/auth/roles.ts';
import { loadConfig } from '#platform/config/config.ts';
import { systemClock } from '#platform/kernel/clock.ts';
import { exitOnFailure } from '#platform/telemetry/exit.ts';

interface Options {
  readonly client: string;
  readonly role: Role;
  readonly location?: string;
  readonly days?: string;
}

const program = new Command('api-key')
  .description(
    'Makes a key for a device and adds what is kept of it to API_KEYS_FILE. Prints the key and nothing else.',
  )
  .requiredOption('--client <id>', 'the device; idempotency keys are scoped to it')
  .addOption(new Option('--role <role>', 'what the device may do').choices(Object.keys(scopesByRole)).default('store'))
  .option('--location <gln>', 'the shop the device stands in')
  .option('--days <n>', 'how long the key is valid; without, until it is taken out of the file')
  .action((options: Options) => exitOnFailure(make(options)));

async function make({ client, role, location: given, days }: Options): Promise<void> {
  const path = loadConfig().API_KEYS_FILE;
  if (path === undefined) throw new Error('API_KEYS_FILE: set it to the file the gateway reads');
  const location = given === undefined ? undefined : gln.safeParse(given);
  if (location && !location.success) throw new Error(`--location: ${location.error.issues[0]?.message}`);
  if (role === 'store' && !location) throw new Error('--location: a till needs the shop it stands in');
  if (days !== undefined && !(Number(days) > 0)) throw new Error('--days: must be above 0');
  const expiresAt = days === undefined ? undefined : new Date(systemClock.now().getTime() + Number(days) * 86_400_000);
  const scopes = [...scopesByRole[role]];
  const bound = location ? { location: location.data } : {};
  const { key, kept } = makeApiKey({ clientId: client, roles: [role], scopes, ...bound }, expiresAt);
  const before = existsSync(path) ? [...readApiKeys(readFileSync(path, 'utf8'), path).values()] : [];
  // Put in place whole: a gateway that reads it now reads the old one or the new one.
  writeFileSync(`${path}.next`, `${JSON.stringify([...before, kept], null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.next`, path);
  process.stdout.write(`${key}\n`);
}

await program.parseAsync();
