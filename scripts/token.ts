// npm run token -- --role store --location <gln>: prints a token of the demo's own, signed with the secret of DATA_DIR.
import { Command, Option } from 'commander';
import { gln } from '#contracts/identifiers.ts';
import { deriveKeys } from '#platform/auth/keys.ts';
import { type Role, scopesByRole } from '#platform/auth/roles.ts';
import { mintToken } from '#platform/auth/tokens.ts';
import { loadConfig, rootSecret } from '#platform/config/config.ts';
import { systemClock } from '#platform/kernel/clock.ts';
import { exitOnFailure } from '#platform/telemetry/exit.ts';

interface Options {
  readonly role: Role;
  readonly location?: string;
  readonly customer?: string;
  readonly system?: string;
  readonly client?: string;
  readonly hours: string;
}

const program = new Command('token')
  .description('Prints a token for the demo. Nothing else is printed, so that it can be captured.')
  .addOption(
    new Option('--role <role>', 'what the token may do').choices(Object.keys(scopesByRole)).makeOptionMandatory(),
  )
  .option('--location <gln>', 'the shop a store token is bound to')
  .option('--customer <id>', 'the customer a shopper token is bound to')
  .option('--system <name>', 'the system of record a feed token speaks for')
  .option('--client <id>', 'the device or application; idempotency keys are scoped to it')
  .option('--hours <n>', 'how long it is valid', '12')
  .action((options: Options) => exitOnFailure(print(options)));

async function print(options: Options): Promise<void> {
  const location = options.location === undefined ? undefined : gln.safeParse(options.location);
  if (location && !location.success) throw new Error(`--location: ${location.error.issues[0]?.message}`);
  if (options.role === 'store' && !location) throw new Error('--location: a store token needs the shop it is bound to');
  if (options.role === 'shopper' && !options.customer)
    throw new Error('--customer: a shopper token needs the customer it is for');
  if (options.role === 'feed' && !options.system)
    throw new Error('--system: a feed token needs the system it speaks for');
  const hours = Number(options.hours);
  if (!(hours > 0 && hours <= 8_760)) throw new Error('--hours: must be from 0 to 8760');
  const config = loadConfig();
  const settings = {
    issuer: config.AUTH_ISSUER,
    audience: config.AUTH_AUDIENCE,
    key: deriveKeys(rootSecret(config)).token,
  };
  const principal = {
    sub: `${options.role}-cli`,
    clientId: options.client ?? `${options.role}-cli`,
    roles: [options.role],
    scopes: [...scopesByRole[options.role]],
    ...(location ? { location: location.data } : {}),
    ...(options.customer ? { customerId: options.customer } : {}),
    ...(options.system ? { system: options.system } : {}),
  };
  const expiresAt = new Date(systemClock.now().getTime() + hours * 3_600_000);
  process.stdout.write(`${await mintToken(settings, principal, expiresAt)}\n`);
}

await program.parseAsync();
