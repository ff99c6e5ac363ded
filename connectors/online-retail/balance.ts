// Whether the books balance after a replay. Pure: what the file says, what the graph answered, and the sentence about it.
import { count, pounds } from './figures.ts';
import type { SkuSum } from './tally.ts';

export interface Check {
  readonly ok: boolean;
  readonly text: string;
}

/** Recorded and quarantined together are the file. */
export function checkMoney(money: { file: bigint; recorded: bigint; quarantined: bigint }): Check {
  const { file, recorded, quarantined } = money;
  const sum = recorded + quarantined;
  const text = `money: ${pounds(recorded)} recorded + ${pounds(quarantined)} quarantined = ${pounds(sum)}`;
  if (sum === file) return { ok: true, text: `${text}, as the file says` };
  return { ok: false, text: `${text}, but the file says ${pounds(file)}` };
}

export interface DayBooks {
  readonly date: string;
  readonly ours: { readonly tickets: number; readonly money: bigint };
  /** Of all tickets of the day at the location. */
  readonly books: { readonly tickets: number; readonly money: bigint };
}

/** A day with tickets of others too holds at least ours; one with ours alone holds our money to the penny. */
export function checkDays(days: readonly DayBooks[]): Check {
  const alone = days.filter(({ ours, books }) => books.tickets === ours.tickets);
  const wrong = days.find(
    ({ ours, books }) => books.tickets < ours.tickets || (books.tickets === ours.tickets && books.money !== ours.money),
  );
  if (wrong) {
    const { date, ours, books } = wrong;
    const [told, kept] = [ours, books].map(({ tickets, money }) => `${tickets} tickets and ${pounds(money)}`);
    return { ok: false, text: `days: ${date} has ${kept} in its books, but the answers said ${told}` };
  }
  const money = alone.reduce((sum, { books }) => sum + books.money, 0n);
  const others = days.length - alone.length;
  const also = others === 0 ? '' : `; ${others} more have tickets of other files too`;
  return { ok: true, text: `days: ${pounds(money)} in the books of ${alone.length} business days${also}` };
}

export interface SkuStock extends SkuSum {
  readonly sku: string;
  /** What the file's opening stock of the SKU is. */
  readonly opening: bigint;
  /** On hand before this run's first ticket. */
  readonly before: bigint;
  /** On hand now; undefined where the graph has no stock of it. */
  readonly closing: bigint | undefined;
}

/** Opening − sold + returned: of the whole file, or of this run where other tickets move the SKU too. */
export function isBalanced(stock: SkuStock): boolean {
  return isOurs(stock) || stock.closing === stock.before + stock.movedNow;
}

function isOurs({ opening, sold, returned, closing }: SkuStock): boolean {
  return closing === opening - sold + returned;
}

const MOST_NAMED = 5;

export function checkStock(stocks: readonly SkuStock[]): Check {
  const wrong = stocks.filter((stock) => !isBalanced(stock));
  const rule = 'closing = opening − sold + returned';
  if (wrong.length > 0) {
    const named = wrong.slice(0, MOST_NAMED).map(({ sku, opening, sold, returned, closing }) => {
      return `${sku} ${opening} − ${sold} + ${returned} ≠ ${closing ?? 'nothing'}`;
    });
    const more = wrong.length > MOST_NAMED ? `, and ${wrong.length - MOST_NAMED} more` : '';
    return { ok: false, text: `stock: ${rule} fails for ${count(wrong.length)} SKUs: ${named.join('; ')}${more}` };
  }
  const others = stocks.filter((stock) => !isOurs(stock)).length;
  const also =
    others === 0
      ? ''
      : `, for ${count(others)} of them counted from the start of this run: other tickets move them too`;
  return { ok: true, text: `stock: ${rule} for ${count(stocks.length)} SKUs${also}` };
}
