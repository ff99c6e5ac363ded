// Specification of kept outcomes: what comes back is what was put in, also through JSON.
import { expect, it } from 'vitest';
import { keptOutcome } from './kept-outcome.ts';

it('an outcome comes back from JSON with its bigints and times', async () => {
  const outcome = { __typename: 'Thing', n: 5n, at: new Date('2026-11-24T09:30:00Z'), list: [{ m: -1n }], none: null };
  const { keep, restore } = keptOutcome<typeof outcome>();
  expect(await restore(JSON.parse(JSON.stringify(keep(outcome))))).toEqual(outcome);
});
