// Queries and mutations through the whole gateway, in process and over HTTP: joins, results, and what is told of what goes wrong.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { query as sql } from '../kit/database.ts';
import { modes, runGateway, type TestGateway } from '../kit/gateway.ts';
import { fillShelf } from '../kit/shelf.ts';
import { LOCATION, saleInput } from '../kit/tickets.ts';

const PRODUCT_PAGE = `query ($sku: ID!, $order: ID!) {
  page: variant(sku: $sku) {
    title product { handle } price { amount { amount currency } }
    stock { at { name } available { value } } availability { state }
  }
  order(id: $order) {
    totals { grandTotal { amount } } location { name }
    lines { variant { title stock { onHand { value } } } }
    customer { name loyalty { balances { pending } } }
  }
}`;
const SELL = `mutation ($input: RecordSaleInput!) {
  recordSale(input: $input) { __typename ... on SaleRecorded { order { id customer { name } } } ... on Rejection { code } } }`;
const REGISTER = `mutation ($input: RegisterCustomerInput!) {
  registerCustomer(input: $input) { ... on CustomerRegistered { customer { id } } } }`;
const RESERVE = `mutation ($input: ReserveStockInput!) {
  reserveStock(input: $input) {
    __typename
    ... on StockReserved { reservation { status } position { available { value } variant { title } } }
    ... on OutOfStock { code message sku available { value } }
  } }`;

describe.each(modes)('the gateway with subgraphs %s', (mode) => {
  let gateway: TestGateway;
  let till: string;
  beforeAll(async () => {
    gateway = await runGateway(mode);
    await fillShelf(gateway, [
      { sku: 'MUG-BLUE', title: 'Blue mug', stock: 10 },
      { sku: 'CANDLE', price: '12.00', stock: 3 },
      { sku: 'GONE', stock: 1 },
    ]);
    till = await gateway.token('store', { location: LOCATION });
  });
  afterAll(() => gateway?.close());

  const reserve = (sku: string, value: string, key = `${sku}-${value}`) => {
    const holder = { kind: 'CART', id: 'cart-1' };
    return gateway.ask(
      RESERVE,
      { input: { idempotencyKey: key, sku, location: LOCATION, quantity: { value }, holder } },
      till,
    );
  };

  it('answers one query from all five subgraphs', async () => {
    const card = { type: 'LOYALTY_CARD', value: '9826000000017' };
    const member = {
      idempotencyKey: 'amara',
      name: 'Ámara 👋',
      registeredAt: '2026-01-01T00:00:00Z',
      identities: [card],
    };
    const registered = await gateway.ask(REGISTER, { input: member }, till);
    expect(registered.errors).toBeUndefined();
    await gateway.settle();
    const sale = await gateway.ask(SELL, { input: saleInput({ customer: { identity: card } }) }, till);
    expect(sale).toMatchObject({
      data: { recordSale: { __typename: 'SaleRecorded', order: { customer: { name: 'Ámara 👋' } } } },
    });
    const sold = sale.data?.recordSale as { order: { id: string } } | undefined;
    await gateway.settle();
    const answer = await gateway.ask(PRODUCT_PAGE, { sku: 'mug-blue', order: sold?.order.id }, till);
    expect(answer).toEqual({
      data: {
        page: {
          title: 'Blue mug',
          product: { handle: 'mug-blue' },
          price: { amount: { amount: '4.50', currency: 'GBP' } },
          stock: [{ at: { name: 'High Street' }, available: { value: '8' } }],
          availability: { state: 'IN' },
        },
        order: {
          totals: { grandTotal: { amount: '21.00' } },
          location: { name: 'High Street' },
          lines: [
            { variant: { title: 'Blue mug', stock: [{ onHand: { value: '8' } }] } },
            { variant: { title: 'CANDLE', stock: [{ onHand: { value: '2' } }] } },
          ],
          customer: { name: 'Ámara 👋', loyalty: { balances: { pending: expect.stringMatching(/^\d+$/) } } },
        },
      },
    });
  });

  it('answers null for what another shop sold, wherever it is referred to, and no error', async () => {
    const card = { type: 'LOYALTY_CARD', value: '9826000000024' };
    const member = { idempotencyKey: 'tom', registeredAt: '2026-01-01T00:00:00Z', identities: [card] };
    await gateway.ask(REGISTER, { input: member }, till);
    await gateway.settle();
    await gateway.ask(SELL, { input: saleInput({ customer: { identity: card } }) }, till);
    await gateway.settle();
    const points = `query ($card: String!) { customerByIdentity(type: LOYALTY_CARD, value: $card) {
      loyalty { entries { edges { node { kind order { number } } } } } } }`;
    const elsewhere = await gateway.token('store', { location: '5060000000023' });
    expect(await gateway.ask(points, { card: card.value }, elsewhere)).toEqual({
      data: {
        customerByIdentity: { loyalty: { entries: { edges: [{ node: { kind: 'EARN_PENDING', order: null } }] } } },
      },
    });
  });

  it('says where the null is that may not be', async () => {
    await sql(gateway.databaseUrl, `delete from product.price where sku = 'GONE'`);
    await sql(gateway.databaseUrl, `delete from product.variant where sku = 'GONE'`);
    const { data, errors } = await gateway.ask(
      `{ stockPosition(sku: "GONE", location: "${LOCATION}") { variant { title } } }`,
    );
    expect(data).toEqual({ stockPosition: null });
    expect(errors).toMatchObject([{ path: ['stockPosition', 'variant', 'title'] }]);
  });

  it('answers a mutation with the member of its union that came out, and once per key', async () => {
    const first = await reserve('CANDLE', '1');
    expect(first.data?.reserveStock).toMatchObject({
      __typename: 'StockReserved',
      reservation: { status: 'HELD' },
      position: { variant: { title: 'CANDLE' } },
    });
    expect(await reserve('CANDLE', '1')).toEqual(first);
    expect((await reserve('CANDLE', '2', 'CANDLE-1')).data?.reserveStock).toEqual({
      __typename: 'IdempotencyConflict',
    });
    const refused = await reserve('CANDLE', '1000');
    expect(refused.data?.reserveStock).toMatchObject({ __typename: 'OutOfStock', code: 'OUT_OF_STOCK', sku: 'CANDLE' });
  });

  it('names each wrong variable with the path to it, and the input field that breaks a rule', async () => {
    const wrong = await gateway.ask(SELL, { input: saleInput({ grandTotal: 21, currency: 'GPB' }) }, till);
    expect(wrong.data ?? null).toBeNull();
    expect(wrong.errors?.map(({ extensions }) => extensions?.code)).toEqual(['BAD_USER_INPUT', 'BAD_USER_INPUT']);
    expect(wrong.errors?.map(({ message }) => message).join()).toMatch(/input\.currency.*input\.grandTotal/s);
    const { errors } = await reserve('CANDLE', '-1');
    expect(errors).toEqual([
      {
        message: expect.stringContaining('quantity'),
        path: ['reserveStock'],
        extensions: {
          code: 'BAD_USER_INPUT',
          issues: [{ path: expect.stringMatching(/^quantity/), message: expect.anything() }],
        },
      },
    ]);
  });

  it('refuses an operation that does not parse, does not fit the schema, or is not in its document', async () => {
    const codes = async (query: string, more: object = {}) => {
      const body = JSON.stringify({ query, ...more });
      const response = await gateway.fetch({ method: 'POST', headers: { 'content-type': 'application/json' }, body });
      const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
      return [response.status, ...errors.map(({ extensions }) => extensions.code)];
    };
    expect(await codes('subscription { stockChanged { cursor } }')).toEqual([400, 'BAD_REQUEST']);
    expect(await codes('{ location(')).toEqual([400, 'GRAPHQL_PARSE_FAILED']);
    expect(await codes('{ nothing here }')).toEqual([400, 'GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_VALIDATION_FAILED']);
    expect(await codes('query A { __typename } query B { __typename }')).toEqual([400, 'OPERATION_RESOLUTION_FAILURE']);
    expect(await codes('query A { __typename }', { operationName: 'B' })).toEqual([
      400,
      'OPERATION_RESOLUTION_FAILURE',
    ]);
  });

  it('runs the operation that is named, and skips what a variable says', async () => {
    const query = `query A { a: __typename } query B ($no: Boolean!) { variant(sku: "CANDLE") { title stock @include(if: $no) { sku } } }`;
    const body = JSON.stringify({ query, operationName: 'B', variables: { no: false } });
    const response = await gateway.fetch({ method: 'POST', headers: { 'content-type': 'application/json' }, body });
    expect(await response.json()).toEqual({ data: { variant: { title: 'CANDLE' } } });
  });

  it('says which field needs a token and which scope, and answers the rest', async () => {
    const query = '{ variant(sku: "CANDLE") { title } order(id: "one") { id } }';
    const anonymous = await gateway.ask(query);
    expect(anonymous.data?.variant).toEqual({ title: 'CANDLE' });
    expect(anonymous.errors).toMatchObject([
      {
        message: expect.stringContaining('Query.order needs a token'),
        path: ['order'],
        extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE', reason: 'UNAUTHENTICATED' },
      },
    ]);
    const feed = await gateway.ask(query, {}, await gateway.token('feed', { system: 'erp' }));
    expect(feed.errors).toMatchObject([
      {
        message: expect.stringContaining('Query.order needs the scope orders:read'),
        extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE', reason: 'FORBIDDEN' },
      },
    ]);
  });
});
