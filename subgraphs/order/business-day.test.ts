// Specification of business days: opened once, closed once; the gaps and the money a close finds.
import { describe, expect, it } from 'vitest';
import { type BusinessDay, compareTenders, decideClosing, decideOpening, findGaps, formatGap } from './business-day.ts';

const key = { location: '5060000000016', date: '2026-11-24' };
const morning = new Date('2026-11-24T08:00:00Z');
const evening = new Date('2026-11-24T20:00:00Z');
const cash = (amount: bigint, currency = 'GBP') => ({ type: 'CASH' as const, currency, amount });
const opened = decideOpening(undefined, key, morning) as BusinessDay;
const closed = decideClosing(opened, [cash(100n)], evening) as BusinessDay;

describe('a business day', () => {
  it('is opened, then closed with what was counted', () => {
    expect(opened).toMatchObject({ ...key, status: 'OPEN', openedAt: morning, closedAt: null, version: 1 });
    expect(closed).toMatchObject({
      status: 'CLOSED',
      openedAt: morning,
      closedAt: evening,
      counted: [cash(100n)],
      version: 2,
    });
  });

  it('is not opened twice, nor after its close', () => {
    expect(decideOpening(opened, key, evening)).toMatchObject({ code: 'DAY_ALREADY_OPEN' });
    expect(decideOpening(closed, key, evening)).toMatchObject({ code: 'DAY_ALREADY_CLOSED' });
  });

  it('is not closed twice, nor before it was opened', () => {
    expect(decideClosing(closed, [], evening)).toMatchObject({ code: 'DAY_ALREADY_CLOSED' });
    expect(decideClosing(undefined, [], evening)).toMatchObject({ code: 'DAY_NOT_OPEN' });
  });
});

describe('gaps', () => {
  const of = (workstation: string, ...numbers: number[]) => numbers.map((sequence) => ({ workstation, sequence }));

  it('are the numbers missing between the first and the last ticket of each till, in whatever order they came', () => {
    const found = findGaps([...of('till-2', 7), ...of('till-1', 9, 3, 4, 6), ...of('till-2', 8)]);
    expect(found.map(formatGap)).toEqual(['till-1:5', 'till-1:7-8']);
  });

  it('are none before the first ticket, nor between tills', () => {
    expect(findGaps([...of('till-1', 1, 2), ...of('till-2', 40, 41)])).toEqual([]);
    expect(findGaps([])).toEqual([]);
  });
});

describe('tenders', () => {
  it('stand beside what was counted; a type left out of the count counts as zero', () => {
    const recorded = [cash(2_100n), { ...cash(500n), type: 'CARD' as const }];
    expect(compareTenders(recorded, [cash(2_000n), cash(7n, 'EUR')], true)).toEqual([
      { type: 'CASH', currency: 'GBP', recorded: 2_100n, counted: 2_000n },
      { type: 'CARD', currency: 'GBP', recorded: 500n, counted: 0n },
      { type: 'CASH', currency: 'EUR', recorded: 0n, counted: 7n },
    ]);
  });

  it('were not counted before the close', () => {
    expect(compareTenders([cash(2_100n)], [], false)).toMatchObject([{ counted: null }]);
  });
});
