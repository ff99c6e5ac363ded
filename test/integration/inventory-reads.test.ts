// Reading stock, without a token: by key, by reference from other subgraphs, and the limits of lists.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HERE, type Inventory, NOWHERE, receipt, startInventory, THERE } from '../kit/inventory.ts';

let inventory: Inventory;
beforeAll(async () => {
  inventory = await startInventory();
  await inventory.stock('MUG', '7');
  await inventory.stock('MUG', '4', THERE);
  await inventory.reserve('MUG', '2');
});
afterAll(() => inventory.graph.close());

const read = (query: string, variables: Record<string, unknown> = {}) =>
  inventory.graph.execute('inventory', query, variables);
const ENTITIES = `query ($of: [_Any!]!) { _entities(representations: $of) { __typename
  ... on Variant { stock(locations: ["${THERE}"]) { location onHand { value } } availability { state promise { value } } }
  ... on StockPosition { available { value uom } } ... on Location { name } } }`;

describe('stock', () => {
  it.each([
    ['stockPosition', `stockPosition(sku: $sku, location: "${HERE}") { sku }`],
    ['availability', 'availability(sku: $sku) { state }'],
  ])('asked of a SKU that is none names the argument: %s', async (_, field) => {
    const { errors } = await read(`query ($sku: ID!) { ${field} }`, { sku: 'A\u0000' });
    const issue = { path: 'sku', message: 'must not contain the character U+0000' };
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', issues: [issue] } }]);
  });

  it('is null where nothing ever happened, and matches SKUs without regard to case', async () => {
    const query = `{ known: stockPosition(sku: "mug", location: "${HERE}") { sku available { value } }
      never: stockPosition(sku: "CUP", location: "${HERE}") { sku } availability(sku: "CUP") { state } }`;
    expect((await read(query)).data).toEqual({
      known: { sku: 'MUG', available: { value: '5' } },
      never: null,
      availability: null,
    });
  });

  it('is listed for SKUs at all locations or some, each pair once', async () => {
    const query = `query ($skus: [ID!]!, $locations: [Gln!]) {
      stockPositions(skus: $skus, locations: $locations) { location onHand { value } } }`;
    const all = await read(query, { skus: ['MUG', 'mug', 'CUP'] });
    expect(all.data?.stockPositions).toHaveLength(2);
    const some = await read(query, { skus: ['MUG'], locations: [THERE] });
    expect(some.data?.stockPositions).toEqual([{ location: THERE, onHand: { value: '4' } }]);
    const many = await read(query, { skus: Array.from({ length: 201 }, (_, index) => `S${index}`) });
    expect(many.errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT');
  });

  it('is told to other subgraphs by reference; a location only tickets named goes by its GLN', async () => {
    const of = [
      { __typename: 'Variant', sku: 'mug' },
      { __typename: 'StockPosition', sku: 'MUG', location: HERE },
      { __typename: 'Location', gln: THERE },
      { __typename: 'Location', gln: NOWHERE },
    ];
    expect((await read(ENTITIES, { of })).data?._entities).toEqual([
      {
        __typename: 'Variant',
        stock: [{ location: THERE, onHand: { value: '4' } }],
        availability: { state: 'IN', promise: { value: '9' } },
      },
      { __typename: 'StockPosition', available: { value: '5', uom: 'EA' } },
      { __typename: 'Location', name: 'Harbour' },
      { __typename: 'Location', name: NOWHERE },
    ]);
  });

  it('is refused for what does not fit, naming the field and what would be right', async () => {
    const wrong = await read('query ($gln: Gln!) { location(gln: $gln) { name } }', { gln: '4012345000010' });
    expect(wrong.errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
    expect(wrong.errors?.[0]?.message).toContain('has the check digit 0 where 6 belongs');
    const { errors } = await inventory.mutate('receiveStock', {
      ...receipt([]),
      lines: [{ sku: 'A', quantity: { value: 2 } }],
    });
    expect(errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT');
    expect(errors?.[0]?.message).toMatch(/"input\.lines\[0\]\.quantity\.value".*must be sent as a string, got 2/);
  });
});
