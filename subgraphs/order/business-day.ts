// Business days: open, closed, and what a close finds: tickets, gaps in each till's sequence, tenders against what was counted.
// A day is opened once and closed once; a closed one is not opened again.
import { type Rejected, reject } from './rejections.ts';
import type { TenderType } from './ticket.ts';

export interface TenderTotal {
  readonly type: TenderType;
  readonly currency: string;
  /** Minor units the tickets say. */
  readonly recorded: bigint;
  /** Minor units somebody counted; null before the close. */
  readonly counted: bigint | null;
}

export interface Counted {
  readonly type: TenderType;
  readonly currency: string;
  readonly amount: bigint;
}

export interface BusinessDay {
  readonly location: string;
  readonly date: string;
  readonly status: 'NOT_OPENED' | 'OPEN' | 'CLOSED';
  readonly openedAt: Date | null;
  readonly closedAt: Date | null;
  readonly counted: readonly Counted[];
  readonly version: number;
}

/** Names a day in events; what is told of one day keeps its order. */
export function dayKey(location: string, date: string): string {
  return `${location}@${date}`;
}

/** A change of the day as its event tells it. */
export function changeOf({ location, date, version }: BusinessDay, at: Date) {
  const data = { location, date, at: at.toISOString(), version };
  return { key: dayKey(location, date), sequence: version, occurredAt: at, data };
}

export function decideOpening(
  earlier: BusinessDay | undefined,
  key: { readonly location: string; readonly date: string },
  openedAt: Date,
): BusinessDay | Rejected<'DayAlreadyOpen'> | Rejected<'DayAlreadyClosed'> {
  if (earlier?.status === 'OPEN') return reject('DayAlreadyOpen', 'DAY_ALREADY_OPEN');
  if (earlier) return reject('DayAlreadyClosed', 'DAY_ALREADY_CLOSED');
  return { ...key, status: 'OPEN', openedAt, closedAt: null, counted: [], version: 1 };
}

export function decideClosing(
  opened: BusinessDay | undefined,
  counted: readonly Counted[],
  closedAt: Date,
): BusinessDay | Rejected<'DayNotOpen'> | Rejected<'DayAlreadyClosed'> {
  if (!opened) return reject('DayNotOpen', 'DAY_NOT_OPEN');
  if (opened.status === 'CLOSED') return reject('DayAlreadyClosed', 'DAY_ALREADY_CLOSED');
  return { ...opened, status: 'CLOSED', closedAt, counted, version: opened.version + 1 };
}

export interface Gap {
  readonly workstation: string;
  readonly from: number;
  readonly to: number;
}

/** The numbers missing between the first and the last ticket of each till. */
export function findGaps(sequences: readonly { readonly workstation: string; readonly sequence: number }[]): Gap[] {
  const sorted = [...sequences].sort((a, b) => a.workstation.localeCompare(b.workstation) || a.sequence - b.sequence);
  return sorted.flatMap((entry, index): Gap[] => {
    const before = sorted[index - 1];
    if (!before || before.workstation !== entry.workstation || entry.sequence - before.sequence <= 1) return [];
    return [{ workstation: entry.workstation, from: before.sequence + 1, to: entry.sequence - 1 }];
  });
}

/** `till-1:17` or `till-1:17-19`, as the close tells them. */
export function formatGap({ workstation, from, to }: Gap): string {
  return `${workstation}:${from === to ? from : `${from}-${to}`}`;
}

/** What the tickets say beside what was counted, one row per tender type and currency. */
export function compareTenders(
  recorded: readonly { readonly type: TenderType; readonly currency: string; readonly amount: bigint }[],
  counted: readonly Counted[],
  closed: boolean,
): TenderTotal[] {
  const keys = new Map<string, { type: TenderType; currency: string }>();
  for (const { type, currency } of [...recorded, ...counted]) keys.set(`${type} ${currency}`, { type, currency });
  return [...keys.values()].map(({ type, currency }) => {
    const of = (rows: readonly Counted[]) => rows.find((row) => row.type === type && row.currency === currency)?.amount;
    return { type, currency, recorded: of(recorded) ?? 0n, counted: closed ? (of(counted) ?? 0n) : null };
  });
}
