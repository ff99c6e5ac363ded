// What the graph's books say after a replay: business days, tickets held from posting, and stock once the sales have reached it.
import { monotonicMs, sleep } from '#platform/kernel/clock.ts';
import { parseMinor, sumMinor } from '#platform/kernel/money.ts';
import { type DayBooks, isBalanced, type SkuStock } from './balance.ts';
import type { Graph } from './graph.ts';
import { openingUnits, type Prepared } from './prepare.ts';
import { readOnHand } from './stock.ts';
import type { Survey } from './survey.ts';
import type { Tally } from './tally.ts';

const DAY = `query ReplayDay($location: Gln!, $date: Date!) {
  businessDay(location: $location, date: $date) { transactionCount tenders { recorded { amount currency } } }
}`;
interface DayAnswer {
  readonly businessDay: {
    readonly transactionCount: number;
    readonly tenders: readonly { readonly recorded: { readonly amount: string; readonly currency: string } }[];
  } | null;
}

export async function readDays(graph: Graph, location: string, tally: Tally): Promise<DayBooks[]> {
  const days: DayBooks[] = [];
  for (const [date, ours] of tally.byDay) {
    const { businessDay } = await graph.execute<DayAnswer>(DAY, { location, date });
    const pounds = (businessDay?.tenders ?? []).filter(({ recorded }) => recorded.currency === 'GBP');
    const money = sumMinor(pounds.map(({ recorded }) => parseMinor(recorded.amount, 'GBP') ?? 0n));
    days.push({ date, ours, books: { tickets: businessDay?.transactionCount ?? 0, money } });
  }
  return days;
}

const HELD = `query ReplayHeld($location: Gln!, $after: Cursor) {
  heldTransactions(location: $location, first: 100, after: $after) {
    edges { node { exceptions { code } } }
    pageInfo { hasNextPage endCursor }
  }
}`;
interface HeldAnswer {
  readonly heldTransactions: {
    readonly edges: readonly { readonly node: { readonly exceptions: readonly { readonly code: string }[] } }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

/** Tickets of the location that are held from posting, by what is wrong with them. */
export async function readHeld(graph: Graph, location: string): Promise<Map<string, number>> {
  const held = new Map<string, number>();
  for (let after: string | null = null, more = true; more; ) {
    const { heldTransactions }: HeldAnswer = await graph.execute(HELD, { location, after });
    for (const { node } of heldTransactions.edges) {
      for (const code of new Set(node.exceptions.map((exception) => exception.code)))
        held.set(code, (held.get(code) ?? 0) + 1);
    }
    after = heldTransactions.pageInfo.endCursor;
    more = heldTransactions.pageInfo.hasNextPage;
  }
  return held;
}

const POLL_MS = 200;
/** Without any change for so long, nothing more will come. */
const PATIENCE_MS = 20_000;

export interface StockQuestion {
  readonly graph: Graph;
  readonly location: string;
  readonly survey: Survey;
  readonly prepared: Prepared;
  readonly tally: Tally;
  readonly patienceMs?: number;
}

/** Stock of every SKU of the file once it balances, or once nothing has changed for long. */
export async function readStock(question: StockQuestion): Promise<SkuStock[]> {
  const { graph, location, patienceMs = PATIENCE_MS } = question;
  const stocks = new Map(openStocks(question).map((stock) => [stock.sku, stock]));
  const unbalanced = () => [...stocks.values()].filter((stock) => !isBalanced(stock));
  for (let changedAt = monotonicMs(); ; await sleep(POLL_MS)) {
    const waiting = unbalanced();
    // What balanced early, such as a sale and its return, is looked at once more when the others have caught up.
    const asked = waiting.length === 0 ? [...stocks.values()] : waiting;
    const onHand = await readOnHand(
      graph,
      asked.map(({ sku }) => sku),
      location,
    );
    for (const stock of asked) {
      const closing = onHand.get(stock.sku);
      if (closing !== stock.closing) changedAt = monotonicMs();
      stocks.set(stock.sku, { ...stock, closing });
    }
    const settled = waiting.length === 0 && unbalanced().length === 0;
    if (settled || monotonicMs() - changedAt > patienceMs) return [...stocks.values()];
  }
}

function openStocks({ survey, prepared, tally }: StockQuestion): SkuStock[] {
  return [...survey.products.values()].map(({ sku, sold: sells }) => {
    const opening = openingUnits(sells);
    const moved = tally.bySku.get(sku) ?? { sold: 0n, returned: 0n, movedNow: 0n };
    return { sku, opening, ...moved, before: prepared.onHand.get(sku) ?? opening, closing: undefined };
  });
}
