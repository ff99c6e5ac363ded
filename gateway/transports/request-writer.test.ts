// What is sent to a subgraph is exactly JSON, and nothing that may change something counts as repeatable.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { systemClock } from '#platform/kernel/clock.ts';
import { RequestWriter } from './request-writer.ts';

const writer = new RequestWriter(new URL('http://subgraph.invalid/graphql?v=1'), undefined, systemClock);

it('is the same JSON, the first time and again', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 40 });
  const request = fc.record({
    query: text,
    variables: fc.option(fc.dictionary(text, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 }), { nil: undefined }),
    operationName: fc.option(text, { nil: undefined }),
  });
  fc.assert(
    fc.property(request, (given) => {
      const bodies = [1, 2].map(() => writer.write({ ...given, principal: undefined }).body);
      const { query, variables, operationName } = given;
      expect(bodies).toEqual(Array(2).fill(JSON.stringify({ query, variables, operationName })));
    }),
    { numRuns: 50 },
  );
});

it.each([
  ['mutation { take }', false],
  ['mutation($a:Int){take(a:$a)}', false],
  ['fragment F on Mutation { take } mutation M { ...F }', false],
  ['#a comment\n,mutation{take}', false],
  ['{ level }', true],
  ['query($representations:[_Any!]!){_entities(representations:$representations){__typename}}', true],
  ['query { mutations }', true],
])('%s may be repeated: %s', (query, mayRepeat) => {
  expect(writer.write({ query, principal: undefined }).mayRepeat).toBe(mayRepeat);
});
