// Points: what a sale earns, what a return takes back, and the double-entry ledger behind an account's balances. Refuses nothing:
// what was sold has earned, what came back has not. Points are whole.
import { divideRounded } from '#platform/kernel/decimal.ts';
import { currencyExponent } from '#platform/kernel/money.ts';

/** From the retailer's books: points a member has are a liability. */
export const subAccounts = [
  'PROGRAM_EXPENSE',
  'LIABILITY_PENDING',
  'LIABILITY_AVAILABLE',
  'LIABILITY_HELD',
  'MEMBER_RECEIVABLE',
] as const;
export type SubAccount = (typeof subAccounts)[number];

export type EntryKind = 'EARN_PENDING' | 'REVERSE_EARN';

const postings: Record<EntryKind, { readonly debit: SubAccount; readonly credit: SubAccount }> = {
  EARN_PENDING: { debit: 'PROGRAM_EXPENSE', credit: 'LIABILITY_PENDING' },
  REVERSE_EARN: { debit: 'LIABILITY_PENDING', credit: 'PROGRAM_EXPENSE' },
};

/** One point per whole 1.00 of a sale's net, whatever its currency. Another rule gets another version. */
export const BASE_EARN = 'BASE_EARN@1';
export const PROGRAM = 'MEMBERS';
export const FIRST_TIER = 'BASE';

export interface Balances {
  readonly available: bigint;
  readonly pending: bigint;
  readonly held: bigint;
  readonly debt: bigint;
}

export interface LoyaltyAccount {
  readonly id: string;
  readonly customerId: string;
  readonly program: string;
  readonly tier: string;
  readonly enrolledAt: Date;
  readonly balances: Balances;
  /** Number of the last entry; 1 before the first. */
  readonly version: number;
}

export interface PointsEntry {
  readonly id: string;
  readonly accountId: string;
  /** The account's version after it. */
  readonly entryNo: number;
  readonly kind: EntryKind;
  readonly points: bigint;
  readonly debit: SubAccount;
  readonly credit: SubAccount;
  readonly source: { readonly system: string; readonly transaction: string; readonly line: number | null };
  readonly rule: string;
  readonly reverses: string | null;
  readonly orderId: string;
  readonly occurredAt: Date;
}

/** A sale that names a customer; minor units. */
export interface Sale {
  readonly orderId: string;
  readonly transactionId: string;
  readonly customerId: string | null;
  readonly customerIdentityHash: string | null;
  readonly currency: string;
  readonly net: bigint;
  readonly occurredAt: Date;
  /** Null until its member is known. */
  readonly accountId: string | null;
  readonly earnEntryId: string | null;
  readonly points: bigint;
  /** What returns gave back, and the points they took, as far as the ledger knows. */
  readonly returned: bigint;
  readonly reversed: bigint;
}

/** Goods of an order that came back; minor units of the order's currency. */
export interface SaleReturn {
  readonly returnId: string;
  readonly orderId: string;
  readonly net: bigint;
  readonly occurredAt: Date;
}

/** A thing of another subgraph. */
export interface Reference {
  readonly id: string;
}

const nothing: Balances = { available: 0n, pending: 0n, held: 0n, debt: 0n };

export function openAccount(id: string, customerId: string, enrolledAt: Date): LoyaltyAccount {
  return { id, customerId, program: PROGRAM, tier: FIRST_TIER, enrolledAt, balances: nothing, version: 1 };
}

export function pointsFor(net: bigint, currency: string): bigint {
  const exponent = currencyExponent(currency);
  if (exponent === null) throw new RangeError(`${currency} is not an ISO 4217 currency code`);
  return net > 0n ? net / 10n ** BigInt(exponent) : 0n;
}

/**
 * What all returns of a sale together take back. Rounded once over the sum: however the goods are split into returns, and in
 * whatever order they come, the whole takes back the whole.
 */
export function reversalFor(points: bigint, net: bigint, returned: bigint): bigint {
  if (points <= 0n || net <= 0n || returned <= 0n) return 0n;
  return returned >= net ? points : divideRounded(points * returned, net);
}

type Draft = Pick<PointsEntry, 'kind' | 'points' | 'source' | 'reverses' | 'occurredAt'>;

/** Writes one entry: the account after it, and the entry. */
function post(
  account: LoyaltyAccount,
  orderId: string,
  id: string,
  draft: Draft,
): { account: LoyaltyAccount; entry: PointsEntry } {
  const entryNo = account.version + 1;
  const entry = { ...draft, ...postings[draft.kind], id, accountId: account.id, entryNo, orderId, rule: BASE_EARN };
  return { account: { ...account, balances: applied(account.balances, entry), version: entryNo }, entry };
}

type Movement = Pick<PointsEntry, 'debit' | 'credit' | 'points'>;

function applied(balances: Balances, { debit, credit, points }: Movement): Balances {
  const net = (subAccount: SubAccount) => (credit === subAccount ? points : 0n) - (debit === subAccount ? points : 0n);
  return {
    available: balances.available + net('LIABILITY_AVAILABLE'),
    pending: balances.pending + net('LIABILITY_PENDING'),
    held: balances.held + net('LIABILITY_HELD'),
    debt: balances.debt - net('MEMBER_RECEIVABLE'),
  };
}

/** The balances a ledger leads to. */
export function fold(entries: readonly Movement[]): Balances {
  return entries.reduce(applied, nothing);
}

/** What is to be written for one sale that has its account: it earns unless it has, then its new returns take back. */
export interface Work {
  readonly sale: Sale;
  readonly accountId: string;
  /** In the order they arrived; none of them known to the ledger. */
  readonly returns: readonly SaleReturn[];
}

/** One entry with the account after it: what one event tells. */
export interface Movements {
  readonly account: LoyaltyAccount;
  readonly entry: PointsEntry;
}

export interface Settlement {
  readonly sales: readonly Sale[];
  readonly movements: readonly Movements[];
  /** Accounts that changed, after the last movement. */
  readonly accounts: readonly LoyaltyAccount[];
}

/** Settles sales in the given order. `accounts` holds the account of each. */
export function settle(accounts: readonly LoyaltyAccount[], works: readonly Work[], newId: () => string): Settlement {
  const present = new Map(accounts.map((account) => [account.id, account]));
  const movements: Movements[] = [];
  const sales = works.map((work) => {
    const write = (draft: Draft): string => {
      const account = present.get(work.accountId);
      if (!account) throw new TypeError(`account ${work.accountId} of order ${work.sale.orderId} was not locked`);
      const movement = post(account, work.sale.orderId, newId(), draft);
      present.set(account.id, movement.account);
      movements.push(movement);
      return movement.entry.id;
    };
    const earned = work.sale.accountId === null ? earn(work.sale, work.accountId, write) : work.sale;
    return work.returns.reduce((sale, returned) => reverse(sale, returned, write), earned);
  });
  const changed = new Set(movements.map(({ entry }) => entry.accountId));
  return { sales, movements, accounts: [...present.values()].filter(({ id }) => changed.has(id)) };
}

const SOURCE = 'order';

function earn(sale: Sale, accountId: string, write: (draft: Draft) => string): Sale {
  const points = pointsFor(sale.net, sale.currency);
  const matched = { ...sale, accountId, points };
  if (points === 0n) return matched;
  const source = { system: SOURCE, transaction: sale.transactionId, line: null };
  const earnEntryId = write({ kind: 'EARN_PENDING', points, source, reverses: null, occurredAt: sale.occurredAt });
  return { ...matched, earnEntryId };
}

function reverse(sale: Sale, { returnId, net, occurredAt }: SaleReturn, write: (draft: Draft) => string): Sale {
  const returned = sale.returned + (net > 0n ? net : 0n);
  const reversed = reversalFor(sale.points, sale.net, returned);
  const points = reversed - sale.reversed;
  if (points > 0n) {
    const source = { system: SOURCE, transaction: returnId, line: null };
    write({ kind: 'REVERSE_EARN', points, source, reverses: sale.earnEntryId, occurredAt });
  }
  return { ...sale, returned, reversed };
}
