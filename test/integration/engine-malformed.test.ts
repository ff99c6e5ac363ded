// Answers of subgraphs that are none, in places where several types or several subgraphs meet: each ends as an error where clients see
// it, never as a null or an empty object without a word. Found by random operations (engine-differential.test.ts).
import type { ExecutionResult } from 'graphql';
import { expect, it } from 'vitest';
import { createTillgraphEngine } from '../../gateway/engine/tillgraph-engine.ts';
import type { OperationResult } from '../../gateway/subgraph-client.ts';
import { ask, scriptedSubgraph } from '../kit/federation/ask.ts';
import { composeWorld } from '../kit/federation/world.ts';

const graph = composeWorld({
  name: 'malformed',
  subgraphs: {
    catalogue: `
      type Query { found: Found things: [Thing!]! @shareable }
      interface Media @key(fields: "id") { id: ID! title: String }
      type Book implements Media @key(fields: "id") { id: ID! title: String pages: Int }
      type Film implements Media @key(fields: "id") { id: ID! title: String }
      union Found = Book | Film
      type Thing @key(fields: "id") { id: ID! name: String }`,
    ratings: `
      type Query { best: [Media!]! things: [Thing!]! @shareable }
      type Media @key(fields: "id") @interfaceObject { id: ID! score: Int }
      type Thing @key(fields: "id") @key(fields: "code") { id: ID! code: ID! }`,
    shelves: 'type Thing @key(fields: "code") { code: ID! shelf: String }',
  },
})({ seed: 1, nulls: 0, failures: 0 });

/** What a client gets of these answers, of the subgraphs in the order they stand above. */
async function answered(source: string, answers: readonly (OperationResult | undefined)[]): Promise<ExecutionResult> {
  const clients = graph.clients.map(({ name }, index) => scriptedSubgraph(name, () => answers[index] ?? { data: {} }));
  const engine = await createTillgraphEngine(graph.supergraphSdl, clients);
  try {
    return await ask(engine, source);
  } finally {
    await engine.stop();
  }
}

it('an object whose type nobody told is null where fields depend on it, with an error', async () => {
  const best = { data: { best: [{ __typename: 'Media', id: '1', score: 3 }] } };
  const { data, errors } = await answered('{ best { score ... on Book { pages } } }', [{ data: null }, best]);
  expect(data).toBeNull();
  expect(errors).toMatchObject([{ path: ['best', 0] }]);
});

it('a value that is no object is no empty one', async () => {
  const { data, errors } = await answered('{ found { ... on Book { pages } } }', [{ data: { found: 7 } }]);
  expect(data).toEqual({ found: null });
  expect(errors).toMatchObject([{ path: ['found'] }]);
});

it('a root of which also the name was asked has no error without a place', async () => {
  const source = `{ ...Nothing found { ... on Book { pages } } } fragment Nothing on Query { things @skip(if: true) { id } }`;
  const { data, errors } = await answered(source, [{ data: null }]);
  expect(data).toEqual({ found: null });
  expect(errors?.map(({ path }) => path)).toEqual([['found']]);
});

it.each([
  ['a number for an object', [7]],
  ['an object for a list', { id: '1' }],
])('%s is not hidden by another subgraph that tells the same field', async (_, things) => {
  const shelved = { data: { _entities: [{ shelf: 'a' }] } };
  const answers = [{ data: { things: [{ name: 'one' }] } }, { data: { things: things as never } }, shelved];
  const { data, errors } = await answered('{ things { name shelf } }', answers);
  expect(data).toBeNull();
  expect(errors?.[0]?.path?.[0]).toBe('things');
});
