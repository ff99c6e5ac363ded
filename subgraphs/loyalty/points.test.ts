// Specification of points: what a sale earns, what returns take back, and that the ledger balances whatever happens in which order.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fold,
  openAccount,
  type PointsEntry,
  pointsFor,
  reversalFor,
  type Sale,
  type SaleReturn,
  type Settlement,
  settle,
} from './points.ts';

const at = new Date('2026-11-24T09:30:00Z');
const account = openAccount('account', 'ada', at);

function sale(net: bigint, changes: Partial<Sale> = {}): Sale {
  const named = { transactionId: 'ticket', customerId: 'ada', customerIdentityHash: null, currency: 'GBP' };
  const unsettled = { accountId: null, earnEntryId: null, points: 0n, returned: 0n, reversed: 0n };
  return { orderId: 'order', ...named, net, occurredAt: at, ...unsettled, ...changes };
}

function returned(returnId: string, net: bigint, orderId = 'order'): SaleReturn {
  return { returnId, orderId, net, occurredAt: at };
}

function ids(): () => string {
  let last = 0;
  return () => `entry ${++last}`;
}

const settleOne = (one: Sale, returns: readonly SaleReturn[] = []): Settlement =>
  settle([account], [{ sale: one, accountId: 'account', returns }], ids());

const entriesOf = ({ movements }: Settlement) => movements.map(({ entry }) => entry);

describe('a sale', () => {
  it.each([
    [2_199n, 'GBP', 21n],
    [99n, 'GBP', 0n],
    [2_199n, 'JPY', 2_199n],
    [2_199n, 'KWD', 2n],
    [0n, 'GBP', 0n],
    [-500n, 'GBP', 0n],
  ])('of %d minor units of %s earns %d points', (net, currency, points) => {
    expect(pointsFor(net, currency)).toBe(points);
  });

  it('earns once, pending, from the programme to the member', () => {
    const { accounts, sales, movements } = settleOne(sale(2_199n));
    expect(accounts).toMatchObject([{ balances: { pending: 21n, available: 0n }, version: 2 }]);
    expect(movements.map(({ entry }) => entry)).toMatchObject([
      {
        kind: 'EARN_PENDING',
        points: 21n,
        debit: 'PROGRAM_EXPENSE',
        credit: 'LIABILITY_PENDING',
        source: { system: 'order', transaction: 'ticket', line: null },
        rule: 'BASE_EARN@1',
        entryNo: 2,
      },
    ]);
    const again = settle(accounts, [{ sale: sales[0] as Sale, accountId: 'account', returns: [] }], ids());
    expect(again).toMatchObject({ movements: [], accounts: [] });
  });

  it('below one point makes no entry and leaves the account as it is', () => {
    const { accounts, sales, movements } = settleOne(sale(99n), [returned('r1', 99n)]);
    expect([accounts, movements]).toEqual([[], []]);
    expect(sales).toMatchObject([{ accountId: 'account', earnEntryId: null, returned: 99n }]);
  });
});

describe('a return', () => {
  it('takes back its share of what the sale earned, and names that entry', () => {
    const [earned, reversal] = entriesOf(settleOne(sale(2_100n), [returned('r1', 900n)]));
    expect(reversal).toMatchObject({
      kind: 'REVERSE_EARN',
      points: 9n,
      debit: 'LIABILITY_PENDING',
      credit: 'PROGRAM_EXPENSE',
      source: { transaction: 'r1' },
      reverses: earned?.id,
    });
  });

  it('of everything takes back everything, also for a sale that earned rounded down', () => {
    expect(reversalFor(21n, 2_199n, 2_199n)).toBe(21n);
  });

  it('of more than was sold takes back no more than was earned', () => {
    const { accounts } = settleOne(sale(1_000n), [returned('r1', 900n), returned('r2', 900n)]);
    expect(accounts).toMatchObject([{ balances: { pending: 0n } }]);
  });

  it('worth nothing, or less, takes nothing back', () => {
    expect(entriesOf(settleOne(sale(1_000n), [returned('r1', 0n), returned('r2', -100n)]))).toHaveLength(1);
  });

  it('too small for a point waits for the next one', () => {
    const parts = Array.from({ length: 4 }, (_, n) => returned(`r${n}`, 25n));
    const reversals = entriesOf(settleOne(sale(1_000n), parts)).slice(1);
    expect(reversals.map(({ source, points }) => [source.transaction, points])).toEqual([['r1', 1n]]);
  });
});

const money = fc.bigInt({ min: 1n, max: 1_000_000n });

/** Cuts an amount into parts. */
function cut(net: bigint, cuts: readonly bigint[]): bigint[] {
  const places = [...new Set(cuts.map((place) => place % net))].sort((a, b) => (a < b ? -1 : 1));
  const edges = [0n, ...places.filter((place) => place > 0n), net];
  return edges.slice(1).map((edge, index) => edge - (edges[index] ?? 0n));
}

describe('whatever happens', () => {
  it('earn, partial returns and the rest net to zero, in any partition and order', () => {
    const shuffled = fc.tuple(money, fc.array(money, { maxLength: 8 })).chain(([net, cuts]) => {
      const parts = cut(net, cuts);
      return fc.tuple(fc.constant(net), fc.shuffledSubarray(parts, { minLength: parts.length }), fc.nat(parts.length));
    });
    fc.assert(
      fc.property(shuffled, ([net, parts, before]) => {
        const returns = parts.map((part, n) => returned(`r${n}`, part));
        // Some returns are known when the sale is matched, the others come one by one.
        let state = settleOne(sale(net), returns.slice(0, before));
        const entries: PointsEntry[] = entriesOf(state);
        let present = state.accounts[0] ?? account;
        for (const one of returns.slice(before)) {
          state = settle([present], [{ sale: state.sales[0] as Sale, accountId: 'account', returns: [one] }], ids());
          present = state.accounts[0] ?? present;
          entries.push(...entriesOf(state));
          expect(present.balances.pending).toBeGreaterThanOrEqual(0n);
        }
        expect(present.balances.pending).toBe(0n);
        expect(fold(entries)).toEqual(present.balances);
      }),
    );
  });

  it('the ledger balances, and the balances are its fold', () => {
    const work = fc.record({ net: money, parts: fc.array(money, { maxLength: 4 }) });
    fc.assert(
      fc.property(fc.array(work, { maxLength: 12 }), (works) => {
        const settled = settle(
          [account],
          works.map(({ net, parts }, n) => ({
            sale: sale(net, { orderId: `o${n}`, transactionId: `t${n}` }),
            accountId: 'account',
            returns: parts.map((part, m) => returned(`r${n}.${m}`, part, `o${n}`)),
          })),
          ids(),
        );
        const entries = entriesOf(settled);
        const total = (side: 'debit' | 'credit') => {
          const sums = new Map<string, bigint>();
          for (const entry of entries) sums.set(entry[side], (sums.get(entry[side]) ?? 0n) + entry.points);
          return sums;
        };
        const sum = (sums: Map<string, bigint>) => [...sums.values()].reduce((a, b) => a + b, 0n);
        const [debits, credits] = [total('debit'), total('credit')];
        expect(sum(debits)).toBe(sum(credits));
        const pending = (credits.get('LIABILITY_PENDING') ?? 0n) - (debits.get('LIABILITY_PENDING') ?? 0n);
        expect(settled.accounts[0]?.balances ?? account.balances).toEqual(fold(entries));
        expect(fold(entries)).toEqual({ available: 0n, pending, held: 0n, debt: 0n });
        expect(entries.map(({ entryNo }) => entryNo)).toEqual(entries.map((_, n) => n + 2));
      }),
    );
  });
});
