// What a person reads when the graph is up: where it is, tokens to try it with, the first query, the first sale, how to stop.
import type { TokenSettings } from '#platform/auth/tokens.ts';
import type { Config } from '#platform/config/config.ts';
import { type DemoCustomer, type DemoShop, mintDemoTokens } from './demo.ts';

export interface GreetingOptions {
  readonly config: Config;
  readonly settings: TokenSettings;
  readonly feeds: {
    readonly customers: readonly DemoCustomer[];
    readonly shop: DemoShop | undefined;
    readonly erpUrl: string | undefined;
  };
  readonly url: string;
  /** Where the data is. */
  readonly where: string;
  readonly now: Date;
}

const FIRST_QUERY =
  '{ variant(sku: "MUG-BLUE") { title price { amount { amount currency } } stock { at { name } available { value } } } }';
const FIRST_SALE =
  'mutation ($input: RecordSaleInput!) { recordSale(input: $input) { __typename ... on SaleRecorded { duplicate order { number totals { grandTotal { amount } } } } } }';

export async function greet({ config, settings, feeds, url, where, now }: GreetingOptions): Promise<string> {
  const { customers, shop, erpUrl } = feeds;
  const [member] = customers;
  const lines = ['', `Tillgraph is up: ${url} (open it in a browser to explore)`, `Data: ${where}`];
  if (erpUrl !== undefined) lines.push(`Sandbox ERP: ${erpUrl}`);
  if (member && shop && config.AUTH_JWKS_URL === undefined) {
    const tokens = await mintDemoTokens(settings, member.id, shop.gln, now);
    lines.push('', 'Tokens for 12 hours; paste a line into your shell:');
    lines.push(`  SHOPPER=${tokens.shopper}`, `  STORE=${tokens.store}`, `  OPERATOR=${tokens.operator}`);
    lines.push(`  (${member.name}; ${shop.name}, GLN ${shop.gln}; everything)`);
    lines.push('', 'Try first, no token needed:', `  ${curl(url, { query: FIRST_QUERY })}`);
    const sale = { query: FIRST_SALE, variables: { input: firstSale(shop, member, now) } };
    lines.push('', 'Then sell one, and ask again:', `  ${curl(url, sale, 'STORE')}`);
  }
  lines.push('', 'Stop with Ctrl+C.', '');
  return `${lines.join('\n')}\n`;
}

function curl(url: string, body: unknown, token?: string): string {
  const headers = ["-H 'content-type: application/json'"];
  if (token) headers.push(`-H "authorization: Bearer $${token}"`);
  return `curl -s ${url} ${headers.join(' ')} -d '${JSON.stringify(body)}'`;
}

/** One mug at a till nobody else uses; another ticket at each start, the same one however often it is sent. */
function firstSale(shop: DemoShop, member: DemoCustomer, now: Date) {
  const sequence = Math.floor(now.getTime() / 1_000) % 1_000_000_000;
  return {
    idempotencyKey: `first-sale-${sequence}`,
    transactionId: `00000000-0000-4000-8000-${String(sequence).padStart(12, '0')}`,
    location: shop.gln,
    workstation: 'DEMO',
    sequence,
    businessDate: now.toISOString().slice(0, 10),
    occurredAt: now.toISOString(),
    currency: 'GBP',
    ...(member.card === undefined ? {} : { customer: { identity: { type: 'LOYALTY_CARD', value: member.card } } }),
    lines: [
      { lineNo: 1, sku: 'MUG-BLUE', quantity: { value: '1' }, unitPrice: '8.95', taxRate: '0.20', lineTotal: '8.95' },
    ],
    tenders: [{ type: 'CARD', amount: '8.95' }],
    grandTotal: '8.95',
  };
}
