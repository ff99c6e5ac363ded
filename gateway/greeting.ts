// What a person reads when the graph is up: where it is, tokens to try it with, the first query, how to stop.
import type { TokenSettings } from '#platform/auth/tokens.ts';
import type { Config } from '#platform/config/config.ts';
import { type DemoCustomer, mintDemoTokens } from './demo.ts';

export interface GreetingOptions {
  readonly config: Config;
  readonly settings: TokenSettings;
  readonly feeds: { readonly customers: readonly DemoCustomer[]; readonly shop: string | undefined };
  readonly url: string;
  /** Where the data is. */
  readonly where: string;
  readonly now: Date;
}

const FIRST_QUERY =
  '{ variant(sku: "MUG-BLUE") { title price { amount { amount currency } } stock { at { name } available { value } } } }';

export async function greet({ config, settings, feeds, url, where, now }: GreetingOptions): Promise<string> {
  const [member] = feeds.customers;
  const lines = ['', `Tillgraph is up: ${url} (open it in a browser to explore)`, `Data: ${where}`];
  if (member && feeds.shop && config.AUTH_JWKS_URL === undefined) {
    const tokens = await mintDemoTokens(settings, member.id, feeds.shop, now);
    lines.push('', 'Tokens for 12 hours, sent as "authorization: Bearer <token>":');
    lines.push(`  shopper (${member.name})`, `    ${tokens.shopper}`);
    lines.push(`  store (${feeds.shop})`, `    ${tokens.store}`);
    lines.push('  operator', `    ${tokens.operator}`);
    lines.push('', 'Try first, no token needed:');
    lines.push(`  curl -s ${url} -H 'content-type: application/json' -d '${JSON.stringify({ query: FIRST_QUERY })}'`);
  }
  lines.push('', 'Stop with Ctrl+C.', '');
  return `${lines.join('\n')}\n`;
}
