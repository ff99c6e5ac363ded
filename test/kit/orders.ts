// The order subgraph on a database of its own, between logs of products and customers that the test writes, and short words for what
// tests of tickets, returns and days do.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { customerRegistered } from '#contracts/customer.ts';
import { type Identity, identityHash } from '#contracts/identities.ts';
import type { Principal } from '#platform/auth/principal.ts';
import { statement } from '#platform/db/statement.ts';
import type { OperationResult } from '#platform/graphql/executor.ts';
import { event } from '#platform/messaging/contract.ts';
import { orderSubgraph } from '../../subgraphs/order/main.ts';
import { principalOf, startGraph, testKeys } from './graph.ts';
import { product } from './inventory.ts';
import { LOCATION, saleInput } from './tickets.ts';

/** Another shop. */
export const ELSEWHERE = '5060000000023';
export const till = principalOf('store', { location: LOCATION, clientId: 'till-1' });
export const otherShop = principalOf('store', { location: ELSEWHERE, clientId: 'till-9' });
export const operator = principalOf('operator');
export const shopperOf = (customerId: string) => principalOf('shopper', { customerId, clientId: 'app' });

const EXCEPTIONS = 'exceptions { code lineNo detail }';
const TRANSACTION = `transaction { id transactionId type sequence lateArrival offline training heldFromPosting ${EXCEPTIONS} }`;
const ORDER = `order { id number version status customer { id } lines { lineNo variant { sku } gross { amount }
  quantityReturned { value } } totals { net { amount } tax { amount } grandTotal { amount } paid { amount } refunded { amount }
  due { amount } } tenders { type amount { amount } } }`;
const RETURN = `return { id status version refund { amount currency } order { id } location { gln }
  lines { lineNo orderLineNo variant { sku } quantity { value } gross { amount } condition disposition reasonCode } }`;
const DAY = `businessDay { status openedAt closedAt transactionCount lateCount version gaps { workstation from to }
  tenders { type recorded { amount currency } counted { amount } difference { amount } } }`;
const SALE = `... on SaleRecorded { duplicate ${TRANSACTION} ${ORDER} }
  ... on TransactionConflict { transaction { id } }`;
const REJECTION = '... on Rejection { code message }';

const selections = {
  recordSale: SALE,
  recordTransactions: `... on TransactionsRecorded { results { __typename ${SALE} ... on ReturnRecorded { duplicate ${TRANSACTION} ${RETURN} }
    ... on TransactionInvalid { issues { path message } } ${REJECTION} } }`,
  requestReturn: `... on ReturnRequested { ${RETURN} } ... on ReturnDenied { reasons } ... on UnknownOrder { orderId }`,
  receiveReturn: `... on ReturnReceived { ${RETURN} ${ORDER} }`,
  openBusinessDay: `... on BusinessDayOpened { ${DAY} }`,
  closeBusinessDay: `... on BusinessDayClosed { ${DAY} }`,
} as const;

export type Mutation = keyof typeof selections;

/** What the mutations answer here; a test reads what it asked for. */
export interface Answer {
  readonly __typename?: string;
  readonly code?: string;
  readonly message?: string;
  readonly duplicate?: boolean;
  readonly reasons?: string[];
  readonly issues?: { path: string; message: string }[];
  readonly transaction?: { id: string; transactionId: string; exceptions: { code: string; lineNo: number | null }[] };
  readonly order?: { id: string; number: string; version: number; totals: Record<string, { amount: string }> };
  readonly return?: { id: string; status: string; version: number; refund: { amount: string }; lines: object[] };
  readonly businessDay?: Record<string, unknown>;
  readonly results?: Answer[];
}

const eventsOf = statement(
  'test.orderEvents',
  'select partition_key, sequence, data from event_log where type = $1 order by append_id',
  z.object({ partition_key: z.string(), sequence: z.bigint(), data: z.record(z.string(), z.unknown()) }),
);
const rows = statement(
  'test.rows',
  `select (select count(*) from sales_order) + (select count(*) from store_transaction) + (select count(*) from return_case)
     + (select count(*) from event_log) + (select count(*) from transaction_conflict) + (select count(*) from business_day)
     + (select count(*) from idempotency) as count`,
  z.object({ count: z.bigint() }),
);

export async function startOrders() {
  const graph = await startGraph([orderSubgraph], { bareLogs: ['product', 'customer'] });
  const { db } = graph.subgraph('order');

  async function mutate(name: Mutation, input: Record<string, unknown>, principal?: Principal): Promise<Mutated> {
    const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
    const query = `mutation ($input: ${type}!) { result: ${name}(input: $input) { __typename ${selections[name]} ${REJECTION} } }`;
    const variables = { input: { idempotencyKey: randomUUID(), ...input } };
    const { data, errors } = await graph.execute('order', query, variables, principal);
    const result: Answer = data?.result ?? {};
    return { errors, result };
  }

  const answer = async (
    name: Mutation,
    input: Record<string, unknown>,
    principal: Principal = till,
  ): Promise<Answer> => {
    const { errors, result } = await mutate(name, input, principal);
    if (errors) throw new Error(JSON.stringify(errors));
    return result;
  };

  return {
    graph,
    mutate,
    answer,
    /** Records a ticket that must be taken; `changes` to the kit's sale. */
    async sell(changes: Record<string, unknown> = {}, principal: Principal = till): Promise<Sold> {
      const result = await answer('recordSale', saleInput(changes), principal);
      const { transaction, order } = result;
      if (!transaction || !order) throw new Error(JSON.stringify(result));
      return { ...result, transaction, order };
    },
    async read(query: string, variables: Record<string, unknown> = {}, principal: Principal = operator) {
      const { data, errors } = await graph.execute('order', query, variables, principal);
      if (errors) throw new Error(JSON.stringify(errors));
      return data as Data;
    },
    /** The catalogue's feed tells of SKUs; answers when the order subgraph knows them. */
    async know(...variants: { sku: string; gtins?: string[]; returnable?: boolean; returnWindowDays?: number }[]) {
      const told = product(variants);
      const data = told.data as { variants: object[] };
      data.variants = data.variants.map((variant, index) => ({ ...variant, ...variants[index] }));
      await graph.append('product', [told]);
      await graph.settle();
    },
    async register(customerId: string, ...identities: Identity[]) {
      const hashed = identities.map((identity) => ({ type: identity.type, verified: true, hash: hashOf(identity) }));
      const registeredAt = new Date('2026-01-01T00:00:00Z');
      const data = {
        customerId,
        status: 'ACTIVE' as const,
        identities: hashed,
        registeredAt: registeredAt.toISOString(),
        version: 1,
      };
      await graph.append('customer', [
        event(customerRegistered, { key: customerId, sequence: 1, occurredAt: registeredAt, data }),
      ]);
      await graph.settle();
    },
    events: (type: string) => db.all(eventsOf, [type]),
    /** Rows of everything a command could have written. */
    written: async () => Number((await db.one(rows))?.count),
  };
}

/** An answer as tests look at it: any depth, compared with toMatchObject. */
export type Data = Readonly<Record<string, unknown>>;

export const hashOf = (identity: Identity) => identityHash(testKeys.identity, identity);

export interface Mutated {
  readonly errors: OperationResult['errors'];
  readonly result: Answer;
}

export interface Sold extends Answer {
  readonly transaction: NonNullable<Answer['transaction']>;
  readonly order: NonNullable<Answer['order']>;
}

export type Orders = Awaited<ReturnType<typeof startOrders>>;

/** Starts the subgraph with what the kit's tickets name in its catalogue. */
export async function startKnowingOrders(): Promise<Orders> {
  const orders = await startOrders();
  await orders.know({ sku: 'MUG-BLUE' }, { sku: 'CANDLE' });
  return orders;
}
