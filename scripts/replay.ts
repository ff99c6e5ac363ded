// npm run replay -- <csv> [--url …] [--concurrency 8]: the command line of connectors/online-retail.
import { basename } from 'node:path';
import { Command } from 'commander';
import { gln } from '#contracts/identifiers.ts';
import { deriveKeys } from '#platform/auth/keys.ts';
import type { Principal } from '#platform/auth/principal.ts';
import { scopesByRole } from '#platform/auth/roles.ts';
import { mintToken } from '#platform/auth/tokens.ts';
import { type Config, loadConfig, rootSecret } from '#platform/config/config.ts';
import { systemClock } from '#platform/kernel/clock.ts';
import { exitOnFailure } from '#platform/telemetry/exit.ts';
import { createHttpGraph } from '../connectors/online-retail/graph.ts';
import { SYSTEM } from '../connectors/online-retail/prepare.ts';
import { createProgress } from '../connectors/online-retail/progress.ts';
import { replay, SHOP } from '../connectors/online-retail/replay.ts';
import { isBalancedReport, renderReport } from '../connectors/online-retail/report.ts';

interface Options {
  readonly url?: string;
  readonly concurrency: string;
  readonly location: string;
  readonly quarantine?: string;
  readonly token?: string;
  readonly feedToken?: string;
}

const program = new Command('replay')
  .description('Records a file of the UCI Online Retail form through a running graph. Again is safe: nothing doubles.')
  .argument('<csv>', 'the file')
  .option('--url <url>', 'the graph; that of PORT and HOST unless said')
  .option('--concurrency <n>', 'invoices under way at once', '8')
  .option('--location <gln>', 'the shop to record at', SHOP)
  .option('--quarantine <file>', 'where rows go that cannot be taken; <csv>.quarantine.csv here unless said')
  .option('--token <token>', 'an operator’s token; made from the secret of DATA_DIR unless given')
  .option('--feed-token <token>', `a feed’s token for the system ${SYSTEM}; made in the same way`)
  .action((csv: string, options: Options) => exitOnFailure(run(csv, options)));

async function run(csv: string, options: Options): Promise<void> {
  const concurrency = Number(options.concurrency);
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 64)
    throw new Error('--concurrency: must be from 1 to 64');
  const location = gln.safeParse(options.location);
  if (!location.success) throw new Error(`--location: ${location.error.issues[0]?.message}`);
  const config = loadConfig();
  const url = graphUrl(options.url ?? `http://${config.HOST}:${config.PORT}`);
  const report = await replay({
    path: csv,
    tills: createHttpGraph({ url, token: options.token ?? (await mint(config, 'operator')) }),
    feed: createHttpGraph({ url, token: options.feedToken ?? (await mint(config, 'feed', { system: SYSTEM })) }),
    location: location.data,
    concurrency,
    quarantinePath: options.quarantine ?? `${basename(csv).replace(/\.csv$/i, '')}.quarantine.csv`,
    clock: systemClock,
    progress: createProgress(process.stderr),
  });
  process.stdout.write(renderReport(report));
  if (!isBalancedReport(report)) throw new Error('The replay does not balance: see the lines marked FAILED');
}

/** A graph's address without a path is meant with `/graphql`. */
function graphUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:/.test(text)) throw new Error(`--url: ${text} is no http address`);
  const url = new URL(text);
  if (url.pathname === '/') url.pathname = '/graphql';
  return url.href;
}

const TOKEN_HOURS = 12;

async function mint(config: Config, role: 'operator' | 'feed', claims: Partial<Principal> = {}): Promise<string> {
  const key = deriveKeys(rootSecret(config)).token;
  const settings = { issuer: config.AUTH_ISSUER, audience: config.AUTH_AUDIENCE, key };
  const client = `${SYSTEM}-replay`;
  const principal = { sub: client, clientId: client, roles: [role], scopes: [...scopesByRole[role]], ...claims };
  return mintToken(settings, principal, new Date(systemClock.now().getTime() + TOKEN_HOURS * 3_600_000));
}

await program.parseAsync();
