// Which earlier sale of the file a cancellation belongs to. Keeps only sales that a cancellation could name; decides by the file
// alone, so that a second run names the same ones.
import type { Ticket } from './mapping.ts';

export interface Original {
  readonly invoice: string;
  readonly transactionId: string;
  /** Line of the return → line of the sale. */
  readonly lines: ReadonlyMap<number, number>;
}

interface Sale {
  readonly invoice: string;
  readonly transactionId: string;
  readonly lines: { readonly lineNo: number; readonly sku: string; left: bigint }[];
}

export function returnedKey(customer: string, sku: string): string {
  return `${customer}\n${sku}`;
}

/** What each customer brings back somewhere in the file, as `returnedKey`s: all a sale is remembered for. */
export class EarlierSales {
  readonly #wanted: ReadonlySet<string>;
  readonly #byCustomer = new Map<string, Sale[]>();

  constructor(wanted: ReadonlySet<string>) {
    this.#wanted = wanted;
  }

  remember({ customer, invoice, transactionId, lines }: Ticket): void {
    if (customer === null) return;
    const kept = lines.flatMap(({ lineNo, sku, quantity }) =>
      sku !== null && this.#wanted.has(returnedKey(customer, sku)) ? [{ lineNo, sku, left: quantity }] : [],
    );
    if (kept.length === 0) return;
    const sales = this.#byCustomer.get(customer) ?? [];
    this.#byCustomer.set(customer, [...sales, { invoice, transactionId, lines: kept }]);
  }

  /** The latest sale to the same customer that has all lines of the return left, and takes them off it; undefined when none has. */
  take({ customer, lines }: Ticket): Original | undefined {
    if (customer === null) return undefined;
    for (const sale of this.#byCustomer.get(customer)?.toReversed() ?? []) {
      const matched = match(sale, lines);
      if (!matched) continue;
      for (const [line, { quantity }] of matched) line.left -= quantity;
      const pairs = [...matched].map(([line, { lineNo }]) => [lineNo, line.lineNo] as const);
      return { invoice: sale.invoice, transactionId: sale.transactionId, lines: new Map(pairs) };
    }
    return undefined;
  }
}

/** A line of the sale for each line of the return; undefined unless there is one for all. */
function match(sale: Sale, lines: Ticket['lines']): Map<Sale['lines'][number], Ticket['lines'][number]> | undefined {
  const matched = new Map<Sale['lines'][number], Ticket['lines'][number]>();
  for (const line of lines) {
    const found = sale.lines.find((sold) => sold.sku === line.sku && sold.left >= line.quantity && !matched.has(sold));
    if (!found) return undefined;
    matched.set(found, line);
  }
  return matched;
}
