// Tests and Apollo's packages must meet in one graphql: a schema of one realm is "not a GraphQLSchema" to the other.
import { createRequire } from 'node:module';
import { GraphQLSchema } from 'graphql';
import { expect, test } from 'vitest';

test('what tests import as graphql is what CommonJS packages require', () => {
  const required = createRequire(import.meta.url)('graphql') as { GraphQLSchema: unknown };
  expect(GraphQLSchema).toBe(required.GraphQLSchema);
});
