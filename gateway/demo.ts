// The demo's people and the tokens that go with them. Customers come in through the graph like anybody's.
import type { Principal } from '#platform/auth/principal.ts';
import { type Role, scopesByRole } from '#platform/auth/roles.ts';
import { mintToken, type TokenSettings } from '#platform/auth/tokens.ts';

/** Calls the graph as one principal; throws on GraphQL errors. */
export interface GraphPort {
  execute<T>(operation: string, variables: Record<string, unknown>): Promise<T>;
}

export function principalFor(role: Role, claims: Partial<Principal> = {}): Principal {
  return { sub: `demo-${role}`, clientId: `demo-${role}`, roles: [role], scopes: [...scopesByRole[role]], ...claims };
}

const people = [
  { name: 'Amara Okafor', language: 'en', card: '9826000000017', email: 'amara.okafor@example.com' },
  { name: 'Tom Whitfield', language: 'en', card: '9826000000024', email: 'tom.whitfield@example.com' },
  { name: 'Siobhán Byrne', language: 'en', card: undefined, email: 'siobhan.byrne@example.com' },
] as const;

/** Sales of the demo happen after it, so they earn points. */
const MEMBER_SINCE = '2025-01-06T09:00:00Z';

const REGISTER = `mutation DemoRegister($input: RegisterCustomerInput!) {
  registerCustomer(input: $input) { __typename ... on CustomerRegistered { customer { id name } } ... on Rejection { code message } }
}`;
const FIND = `query DemoFind($value: String!) { customerByIdentity(type: EMAIL, value: $value) { id } }`;

export interface DemoCustomer {
  readonly id: string;
  readonly name: string;
  /** The loyalty card; undefined for who has none. */
  readonly card: string | undefined;
}

interface Registered {
  readonly registerCustomer: { readonly __typename: string; readonly customer?: { readonly id: string } };
}

/** Registers the demo's customers; who is known already is found. */
export async function seedCustomers(graph: GraphPort): Promise<DemoCustomer[]> {
  const customers: DemoCustomer[] = [];
  for (const { name, language, card, email } of people) {
    const identities = [{ type: 'EMAIL', value: email }, ...(card ? [{ type: 'LOYALTY_CARD', value: card }] : [])];
    const input = { idempotencyKey: `demo-${email}`, name, language, identities, registeredAt: MEMBER_SINCE };
    const { registerCustomer } = await graph.execute<Registered>(REGISTER, { input });
    const id = registerCustomer.customer?.id ?? (await findByEmail(graph, email));
    customers.push({ id, name, card });
  }
  return customers;
}

async function findByEmail(graph: GraphPort, value: string): Promise<string> {
  const { customerByIdentity } = await graph.execute<{ customerByIdentity: { id: string } | null }>(FIND, { value });
  if (!customerByIdentity) throw new Error(`the demo's customer ${value} cannot be found`);
  return customerByIdentity.id;
}

export interface DemoShop {
  readonly gln: string;
  readonly name: string;
}

const SHOPS = 'query DemoShops { locations { gln name kind } }';

/** The first shop; undefined when there is none. */
export async function findShop(graph: GraphPort): Promise<DemoShop | undefined> {
  const { locations } = await graph.execute<{ locations: (DemoShop & { kind: string })[] }>(SHOPS, {});
  return locations.filter(({ kind }) => kind === 'STORE').sort((a, b) => (a.gln < b.gln ? -1 : 1))[0];
}

const TOKEN_HOURS = 12;

export interface DemoTokens {
  readonly shopper: string;
  readonly store: string;
  readonly operator: string;
}

export async function mintDemoTokens(
  settings: TokenSettings,
  customerId: string,
  gln: string,
  now: Date,
): Promise<DemoTokens> {
  const expiresAt = new Date(now.getTime() + TOKEN_HOURS * 3_600_000);
  const mint = (principal: Principal) => mintToken(settings, principal, expiresAt);
  return {
    shopper: await mint(principalFor('shopper', { customerId })),
    store: await mint(principalFor('store', { location: gln })),
    operator: await mint(principalFor('operator')),
  };
}
