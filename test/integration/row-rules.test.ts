// Whose rows these are, on every path to them: root fields, joins from other subgraphs, and the subgraphs' own `_entities` asked directly
// with a signed request, as whoever holds the gateway's key could ask.
import { Kind, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Principal, serializePrincipal } from '#platform/auth/principal.ts';
import type { Role } from '#platform/auth/roles.ts';
import { createHttpSubgraph } from '../../gateway/transports/http-subgraph.ts';
import { runGateway, supergraphSdl, type TestGateway } from '../kit/gateway.ts';
import { principalOf, testKeys } from '../kit/graph.ts';
import { fillShelf } from '../kit/shelf.ts';
import { LOCATION, saleInput } from '../kit/tickets.ts';

const ELSEWHERE = '5060000000023';
const CARD = { type: 'LOYALTY_CARD', value: '9826000000017' };
const ids: Record<string, string> = {};
const people: Record<string, [Role, Partial<Principal>] | undefined> = {};
let gateway: TestGateway;

const tokenOf = (name: string) => {
  const person = people[name];
  return person ? gateway.token(...person) : Promise.resolve(undefined);
};
async function as(name: string, query: string, variables: Record<string, unknown> = {}) {
  return gateway.ask(query, variables, await tokenOf(name));
}
/** Throws what was refused; answers what is at the path. */
async function done(name: string, query: string, variables: Record<string, unknown>, path: string): Promise<string> {
  const { data, errors } = await as(name, query, variables);
  const found = at(data, path);
  if (typeof found !== 'string') throw new Error(JSON.stringify({ data, errors }));
  await gateway.settle();
  return found;
}
function at(value: unknown, path: string): unknown {
  let found = value;
  for (const key of path.split('.')) found = (found as Record<string, unknown> | null | undefined)?.[key];
  return found;
}

beforeAll(async () => {
  gateway = await runGateway('over HTTP');
  people.storeX = ['store', { location: LOCATION, clientId: 'till-x' }];
  people.storeY = ['store', { location: ELSEWHERE, clientId: 'till-y' }];
  people.operator = ['operator', {}];
  people.feed = ['feed', { system: 'erp' }];
  await fillShelf(gateway, [
    { sku: 'MUG-BLUE', stock: 10 },
    { sku: 'CANDLE', stock: 5 },
  ]);
  const register = `mutation ($input: RegisterCustomerInput!) {
    registerCustomer(input: $input) { ... on CustomerRegistered { customer { id } } } }`;
  const member = (idempotencyKey: string, identities: unknown[]) => ({
    input: { idempotencyKey, name: idempotencyKey, registeredAt: '2026-01-01T00:00:00Z', identities },
  });
  const other = { type: 'LOYALTY_CARD', value: '9826000000024' };
  ids.ann = await done('storeX', register, member('ann', [CARD]), 'registerCustomer.customer.id');
  ids.ben = await done('storeX', register, member('ben', [other]), 'registerCustomer.customer.id');
  people.ann = ['shopper', { customerId: ids.ann, clientId: 'web' }];
  people.ben = ['shopper', { customerId: ids.ben, clientId: 'web' }];
  const sell = `mutation ($input: RecordSaleInput!) { recordSale(input: $input) {
    ... on SaleRecorded { order { id number } transaction { id } } } }`;
  const { data } = await as('storeX', sell, { input: saleInput({ customer: { identity: CARD } }) });
  ids.order = String(at(data, 'recordSale.order.id'));
  ids.number = String(at(data, 'recordSale.order.number'));
  ids.ticket = String(at(data, 'recordSale.transaction.id'));
  await gateway.settle();
  const reserve = `mutation ($input: ReserveStockInput!) { reserveStock(input: $input) {
    ... on StockReserved { reservation { id } } } }`;
  const held = { idempotencyKey: 'r', sku: 'MUG-BLUE', location: LOCATION, quantity: { value: '1' } };
  const holder = { kind: 'CART', id: 'cart' };
  ids.reservation = await done('ann', reserve, { input: { ...held, holder } }, 'reserveStock.reservation.id');
  const giveBack = `mutation ($input: RequestReturnInput!) { requestReturn(input: $input) {
    ... on ReturnRequested { return { id } } } }`;
  const lines = [{ lineNo: 1, quantity: { value: '1' }, reasonCode: 'UNWANTED' }];
  const back = {
    idempotencyKey: 'b',
    orderId: ids.order,
    location: LOCATION,
    requestedAt: '2026-11-25T09:00:00Z',
    lines,
  };
  ids.return = await done('ann', giveBack, { input: back }, 'requestReturn.return.id');
  const account = `query ($id: ID!) { customer(id: $id) { loyalty { id } } }`;
  ids.account = await done('ann', account, { id: ids.ann }, 'customer.loyalty.id');
});
afterAll(() => gateway?.close());

const SHOP = ['ann', 'storeX', 'operator'];
const STAFF = ['ann', 'storeX', 'storeY', 'operator'];
const everybody = ['ann', 'ben', 'storeX', 'storeY', 'operator', 'feed', 'anonymous'];

/** What is seen there; 0 points are what is not. */
async function seers(see: (name: string) => Promise<unknown>): Promise<string[]> {
  const seen = await Promise.all(everybody.map(see));
  return everybody.filter((_, index) => ![null, undefined, '0'].includes(seen[index] as null));
}

describe('through the gateway', () => {
  it.each<[string, string, string, readonly string[]]>([
    ['order', 'order(id: $order) { number }', 'order.number', SHOP],
    ['orderByNumber', 'orderByNumber(number: $number) { id }', 'orderByNumber.id', SHOP],
    ['orders', 'orders(filter: { customerId: $ann }) { edges { node { id } } }', 'orders.edges.0.node.id', SHOP],
    [
      'orders of the shop',
      `orders(filter: { location: "${LOCATION}" }) { edges { node { id } } }`,
      'orders.edges.0.node.id',
      SHOP,
    ],
    ['orders without a filter', 'orders { edges { node { id } } }', 'orders.edges.0.node.id', SHOP],
    ['storeTransaction', 'storeTransaction(id: $ticket) { id }', 'storeTransaction.id', SHOP],
    ['storeTransaction → order', 'storeTransaction(id: $ticket) { order { id } }', 'storeTransaction.order.id', SHOP],
    [
      'businessDay',
      `businessDay(location: "${LOCATION}", date: "2026-11-24") { status }`,
      'businessDay.status',
      ['storeX', 'operator'],
    ],
    ['reservation', 'reservation(id: $reservation) { status }', 'reservation.status', SHOP],
    ['customer', 'customer(id: $ann) { name }', 'customer.name', STAFF],
    [
      'customerByIdentity',
      `customerByIdentity(type: LOYALTY_CARD, value: "${CARD.value}") { name }`,
      'customerByIdentity.name',
      STAFF,
    ],
    ['customer → loyalty', 'customer(id: $ann) { loyalty { id } }', 'customer.loyalty.id', STAFF],
    ['loyaltyAccount', 'loyaltyAccount(id: $account) { id }', 'loyaltyAccount.id', STAFF],
    [
      'loyaltyAccount → customer',
      'loyaltyAccount(id: $account) { customer { name } }',
      'loyaltyAccount.customer.name',
      STAFF,
    ],
    [
      'loyaltyAccount → entries',
      'loyaltyAccount(id: $account) { entries { edges { node { kind } } } }',
      'loyaltyAccount.entries.edges.0.node.kind',
      STAFF,
    ],
    [
      'loyaltyAccount → order',
      'loyaltyAccount(id: $account) { entries { edges { node { order { number } } } } }',
      'loyaltyAccount.entries.edges.0.node.order.number',
      SHOP,
    ],
    ['order → customer', 'order(id: $order) { customer { name } }', 'order.customer.name', SHOP],
    [
      'order → customer → loyalty',
      'order(id: $order) { customer { loyalty { id } } }',
      'order.customer.loyalty.id',
      SHOP,
    ],
    ['order → points', 'order(id: $order) { pointsEarned }', 'order.pointsEarned', SHOP],
    ['order → returns', 'order(id: $order) { returns { id } }', 'order.returns.0.id', SHOP],
    ['order → returns → order', 'order(id: $order) { returns { order { id } } }', 'order.returns.0.order.id', SHOP],
  ])('%s', async (_, field, path, expected) => {
    const used = Object.keys(ids).filter((name) => field.includes(`$${name}`));
    const head =
      used.length === 0 ? '' : `(${used.map((name) => `$${name}: ${name === 'number' ? 'String' : 'ID'}!`).join(' ')})`;
    const variables = Object.fromEntries(used.map((name) => [name, ids[name]]));
    expect(
      await seers(async (name) => at((await as(name, `query ${head} { ${field} }`, variables)).data, path)),
    ).toEqual(expected);
  });
});

/** Entities by subgraph, and a field of each that only its people may see. */
const entities: [string, string, string, string, readonly string[]][] = [
  ['order', 'Order', 'order', 'number', SHOP],
  ['order', 'Return', 'return', 'status', SHOP],
  ['order', 'StoreTransaction', 'ticket', 'type', SHOP],
  ['customer', 'Customer', 'ann', 'name', STAFF],
  ['loyalty', 'Customer', 'ann', 'loyalty { id }', STAFF],
  ['loyalty', 'Order', 'order', 'pointsEarned', STAFF],
  ['loyalty', 'LoyaltyAccount', 'account', 'id', STAFF],
  ['inventory', 'Reservation', 'reservation', 'status', SHOP],
];
/** The catalogue and what is on the shelf: anybody's. */
const open = ['Product', 'Variant', 'Location', 'StockPosition'];

describe('asked of the subgraph itself', () => {
  it.each(entities)('%s: %s', async (subgraph, type, id, field, expected) => {
    const { clock } = gateway;
    const client = createHttpSubgraph({
      name: subgraph,
      url: gateway.server(subgraph).url,
      key: testKeys.request,
      clock,
    });
    const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on ${type} { ${field} } } }`;
    const variables = { r: [{ __typename: type, id: ids[id] }] };
    const seen = await seers(async (name) => {
      const person = people[name];
      const principal = person && serializePrincipal(principalOf(...person));
      const { data } = await client.execute({ query, variables, principal });
      const found = at(data, `_entities.0.${field.split(' ')[0]}`);
      return typeof found === 'object' && found !== null ? at(found, 'id') : found;
    });
    await client.close();
    expect(seen).toEqual(expected);
  });

  it('every entity of the graph is among these, or open to anybody', () => {
    const keyed = parse(supergraphSdl).definitions.flatMap((definition) => {
      if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) return [];
      return (definition.directives ?? []).flatMap(({ name, arguments: given = [] }) => {
        const value = (argument: string) => given.find((each) => each.name.value === argument)?.value;
        const graph = value('graph');
        const resolvable = value('resolvable');
        const isEntity =
          name.value === 'join__type' && value('key') && !(resolvable?.kind === Kind.BOOLEAN && !resolvable.value);
        if (!isEntity || graph?.kind !== Kind.ENUM || open.includes(definition.name.value)) return [];
        return [`${graph.value.toLowerCase()}: ${definition.name.value}`];
      });
    });
    expect(new Set(entities.map(([subgraph, type]) => `${subgraph}: ${type}`))).toEqual(new Set(keyed));
  });
});
