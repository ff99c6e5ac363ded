// The GS1 scalars of the graph, on top of the ones every GraphQL schema of ours shares.
import { sharedScalars, stringScalar } from '#platform/graphql/scalars.ts';
import { GLN_LENGTHS, GTIN_LENGTHS, gs1Problem } from './identifiers.ts';

function checked(text: string, lengths: readonly number[]): string {
  const problem = gs1Problem(text, lengths);
  if (problem) throw new Error(problem);
  return text;
}

export const scalars = {
  ...sharedScalars,
  Gtin: stringScalar(
    'Gtin',
    'GS1 trade item number of 8, 12, 13 or 14 digits with a right check digit; answered as 14.',
    (text) => checked(text, GTIN_LENGTHS).padStart(14, '0'),
  ),
  Gln: stringScalar('Gln', 'GS1 location number of 13 digits with a right check digit.', (text) =>
    checked(text, GLN_LENGTHS),
  ),
};
