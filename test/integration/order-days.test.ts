// Business days on a real database: opened, closed with what was counted, and what comes after the close.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Data,
  ELSEWHERE,
  type Orders,
  operator,
  otherShop,
  shopperOf,
  startKnowingOrders,
  till,
} from '../kit/orders.ts';
import { LOCATION, line, returnInput, saleInput } from '../kit/tickets.ts';

let orders: Orders;
beforeAll(async () => {
  orders = await startKnowingOrders();
});
afterAll(() => orders.graph.close());

let number = 0;
/** A day nobody used before. */
const newDay = () => {
  number += 1;
  return new Date(Date.UTC(2027, 0, number)).toISOString().slice(0, 10);
};
const cash = (amount: string) => ({ type: 'CASH', currency: 'GBP', amount });
const open = (date: string, more: Record<string, unknown> = {}) =>
  orders.answer('openBusinessDay', { location: LOCATION, date, ...more });
const close = (date: string, counted: object[] = [], more: Record<string, unknown> = {}) =>
  orders.answer('closeBusinessDay', { location: LOCATION, date, counted, ...more });
const sellAt = (businessDate: string, workstation: string, sequence: number, more: Record<string, unknown> = {}) =>
  orders.sell({ businessDate, workstation, sequence, ...more });
const QUERY = `query ($location: Gln!, $date: Date!) { businessDay(location: $location, date: $date) { status transactionCount
  lateCount version gaps { workstation from to } tenders { type recorded { amount } counted { amount } difference { amount } } } }`;
const dayOf = async (date: string, principal = operator) =>
  (await orders.read(QUERY, { location: LOCATION, date }, principal)).businessDay as Data | null;
const told = async (type: string, date: string) =>
  (await orders.events(type)).filter((event) => event.partition_key === `${LOCATION}@${date}`);

describe('a business day', () => {
  it('is opened, told of, and closed with its gaps and what was counted', async () => {
    const date = newDay();
    expect(await open(date, { openedAt: `${date}T08:00:00Z` })).toMatchObject({
      businessDay: {
        status: 'OPEN',
        openedAt: `${date}T08:00:00.000Z`,
        closedAt: null,
        transactionCount: 0,
        version: 1,
      },
    });
    for (const sequence of [1, 2, 5]) await sellAt(date, 'till-1', sequence);
    await sellAt(date, 'till-2', 9, {
      tenders: [
        { type: 'CASH', amount: '25.00' },
        { type: 'CASH', amount: '-4.00' },
      ],
    });
    const back = returnInput({ businessDate: date, workstation: 'till-2', sequence: 10 });
    await orders.answer('recordTransactions', { transactions: [{ return: back }] });
    await sellAt(date, 'till-2', 11, { training: true });
    expect(await close(date, [cash('16.00')])).toMatchObject({
      businessDay: {
        status: 'CLOSED',
        transactionCount: 6,
        lateCount: 0,
        version: 2,
        gaps: [{ workstation: 'till-1', from: 3, to: 4 }],
        tenders: [
          {
            type: 'CARD',
            recorded: { amount: '63.00' },
            counted: { amount: '0.00' },
            difference: { amount: '-63.00' },
          },
          {
            type: 'CASH',
            recorded: { amount: '16.50' },
            counted: { amount: '16.00' },
            difference: { amount: '-0.50' },
          },
        ],
      },
    });
    expect(await told('store.businessday.opened', date)).toMatchObject([{ sequence: 1n }]);
    expect(await told('store.businessday.closed', date)).toMatchObject([
      { sequence: 2n, data: { transactions: 6, gaps: ['till-1:3-4'] } },
    ]);
  });

  it('that was never opened takes tickets all the same, and shows them', async () => {
    const date = newDay();
    expect(await dayOf(date)).toBeNull();
    await sellAt(date, 'till-1', 1);
    const tenders = [{ type: 'CARD', recorded: { amount: '21.00' }, counted: null, difference: null }];
    expect(await dayOf(date)).toMatchObject({ status: 'NOT_OPENED', transactionCount: 1, version: 0, tenders });
  });

  it('is its shop’s and the operator’s business', async () => {
    const date = newDay();
    await open(date);
    expect(await dayOf(date, till)).toMatchObject({ status: 'OPEN' });
    expect([await dayOf(date, otherShop), await dayOf(date, shopperOf('c-1'))]).toEqual([null, null]);
  });
});

describe('refusals', () => {
  it('DAY_ALREADY_OPEN, DAY_ALREADY_CLOSED and DAY_NOT_OPEN; each stays the answer under its key', async () => {
    const date = newDay();
    expect(await close(date, [], { idempotencyKey: `early ${date}` })).toMatchObject({ code: 'DAY_NOT_OPEN' });
    await open(date, { idempotencyKey: `open ${date}` });
    expect(await open(date)).toMatchObject({ code: 'DAY_ALREADY_OPEN' });
    expect(await close(date, [], { idempotencyKey: `early ${date}` })).toMatchObject({ code: 'DAY_NOT_OPEN' });
    await close(date);
    expect(await close(date)).toMatchObject({ code: 'DAY_ALREADY_CLOSED' });
    expect(await open(date)).toMatchObject({ code: 'DAY_ALREADY_CLOSED' });
    expect(await open(date, { idempotencyKey: `open ${date}` })).toMatchObject({ __typename: 'BusinessDayOpened' });
  });

  it('IDEMPOTENCY_CONFLICT for another day under the key', async () => {
    const [date, other] = [newDay(), newDay()];
    await open(date, { idempotencyKey: `key ${date}` });
    expect(await open(other, { idempotencyKey: `key ${date}` })).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    await close(date, [cash('1.00')], { idempotencyKey: `key ${date}` });
    expect(await close(date, [cash('2.00')], { idempotencyKey: `key ${date}` })).toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
    });
    expect(await dayOf(other)).toBeNull();
  });

  it('20 openings and 20 closings at once are one of each', async () => {
    const date = newDay();
    for (const [act, type] of [
      [open, 'opened'],
      [close, 'closed'],
    ] as const) {
      const key = { idempotencyKey: randomUUID() };
      const same = await Promise.all(
        Array.from({ length: 10 }, () => (act === open ? open(date, key) : close(date, [], key))),
      );
      const others = await Promise.all(Array.from({ length: 10 }, () => act(date)));
      for (const again of same) expect(again).toEqual(same[0]);
      expect(new Set(others.map(({ code }) => code)).size).toBe(1);
      expect(await told(`store.businessday.${type}`, date)).toHaveLength(1);
    }
  });

  it('bad input names the field, and a missing scope or another shop’s token changes nothing', async () => {
    const date = newDay();
    await open(date);
    const before = await orders.written();
    const issues = async (...counted: object[]) =>
      (await orders.mutate('closeBusinessDay', { location: LOCATION, date, counted }, till)).errors?.[0]?.extensions
        ?.issues;
    expect(await issues(cash('1.005'))).toMatchObject([{ path: 'counted.0.amount' }]);
    expect(await issues(cash('1.00'), cash('2.00'))).toMatchObject([{ path: 'counted.1' }]);
    expect(await issues(cash('10000000000.01'))).toMatchObject([{ path: 'counted.0.amount' }]);
    for (const name of ['openBusinessDay', 'closeBusinessDay'] as const) {
      const code = async (principal?: typeof till) =>
        (await orders.mutate(name, { location: LOCATION, date }, principal)).errors?.[0]?.extensions?.code;
      expect([await code(), await code(shopperOf('c-1')), await code(otherShop)]).toEqual([
        'UNAUTHENTICATED',
        'FORBIDDEN',
        'FORBIDDEN',
      ]);
    }
    expect(await orders.written()).toBe(before);
  });
});

describe('a ticket after the close', () => {
  it('is kept, flagged late, held and told of; the totals of the day still add up', async () => {
    const date = newDay();
    await open(date);
    await sellAt(date, 'till-1', 1);
    await close(date, [cash('0.00')]);
    const late = await sellAt(date, 'till-1', 3, { tenders: [{ type: 'CASH', amount: '21.00' }] });
    const back = returnInput({ businessDate: date, workstation: 'till-1', sequence: 2 });
    const { results } = await orders.answer('recordTransactions', { transactions: [{ return: back }] });
    expect([late, results?.[0]]).toMatchObject(
      [1, 2].map(() => ({
        transaction: { lateArrival: true, heldFromPosting: true, exceptions: [{ code: 'DAY_CLOSED' }] },
      })),
    );
    expect(await dayOf(date)).toMatchObject({
      status: 'CLOSED',
      transactionCount: 3,
      lateCount: 2,
      gaps: [],
      version: 4,
      tenders: [
        { type: 'CARD', recorded: { amount: '21.00' }, difference: { amount: '-21.00' } },
        { type: 'CASH', recorded: { amount: '16.50' }, counted: { amount: '0.00' }, difference: { amount: '-16.50' } },
      ],
    });
    expect(await told('store.transaction.late', date)).toMatchObject([{ sequence: 3n }, { sequence: 4n }]);
  });

  it('is the same ticket when it had come before the close: not late', async () => {
    const date = newDay();
    await open(date);
    const input = saleInput({ businessDate: date });
    const first = await orders.answer('recordSale', input);
    await close(date);
    const again = await orders.answer('recordSale', { ...input, idempotencyKey: randomUUID() });
    expect(again).toEqual({ ...first, duplicate: true });
    expect(again).toMatchObject({ transaction: { lateArrival: false } });
  });

  it('and tickets racing the close: each is in the close’s count or late, never neither', async () => {
    for (let round = 0; round < 3; round += 1) {
      const date = newDay();
      await open(date);
      const selling = Array.from({ length: 12 }, (_, n) => sellAt(date, `till-${n}`, 1));
      await close(date);
      const sold = await Promise.all(selling);
      const late = sold.filter(({ transaction }) => transaction.exceptions.some(({ code }) => code === 'DAY_CLOSED'));
      const [closing] = await told('store.businessday.closed', date);
      expect(Number(closing?.data.transactions) + late.length).toBe(12);
      expect(await dayOf(date)).toMatchObject({ lateCount: late.length, version: 2 + late.length });
    }
  });

  it('of another shop or day is not late', async () => {
    const date = newDay();
    await open(date);
    await close(date);
    const elsewhere = { businessDate: date, location: ELSEWHERE, lines: [line(1, 'MUG-BLUE', 1, '21.00', '21.00')] };
    expect((await orders.sell(elsewhere, operator)).transaction.exceptions).toEqual([]);
    expect((await sellAt(newDay(), 'till-1', 1)).transaction.exceptions).toEqual([]);
  });
});
