// What the graph says it recorded of the file: tickets, units and money, per SKU and per day. Pure counting.
import type { Ticket } from './mapping.ts';

export interface Sum {
  tickets: number;
  /** Units of goods; lines that move none do not count. */
  units: bigint;
  /** Pence as the graph answered them, from 0, of returns too. */
  money: bigint;
}

export interface SkuSum {
  sold: bigint;
  returned: bigint;
  /** Units that came in through tickets this run was the first to record; below 0 when they went out. */
  movedNow: bigint;
}

export class Tally {
  readonly sales: Sum = { tickets: 0, units: 0n, money: 0n };
  readonly returns: Sum = { tickets: 0, units: 0n, money: 0n };
  /** Tickets that had been recorded before this run. */
  duplicates = 0;
  /** Returns that name their sale. */
  withSale = 0;
  /** Lines without goods: postage, fees, manual amounts. */
  otherLines = 0;
  readonly bySku = new Map<string, SkuSum>();
  /** Business date → tickets and their money, returns taken off. */
  readonly byDay = new Map<string, { tickets: number; money: bigint }>();

  get money(): bigint {
    return this.sales.money - this.returns.money;
  }

  /** A ticket the graph has, with the total it answered. */
  add(ticket: Ticket, recorded: { money: bigint; duplicate: boolean; withSale: boolean }): void {
    const sign = ticket.kind === 'SALE' ? 1n : -1n;
    const sum = ticket.kind === 'SALE' ? this.sales : this.returns;
    sum.tickets += 1;
    sum.money += recorded.money;
    if (recorded.duplicate) this.duplicates += 1;
    if (recorded.withSale) this.withSale += 1;
    const day = this.byDay.get(ticket.businessDate) ?? { tickets: 0, money: 0n };
    this.byDay.set(ticket.businessDate, { tickets: day.tickets + 1, money: day.money + sign * recorded.money });
    for (const { sku, quantity } of ticket.lines) {
      if (sku === null) {
        this.otherLines += 1;
        continue;
      }
      sum.units += quantity;
      const known = this.bySku.get(sku) ?? { sold: 0n, returned: 0n, movedNow: 0n };
      if (ticket.kind === 'SALE') known.sold += quantity;
      else known.returned += quantity;
      if (!recorded.duplicate) known.movedNow -= sign * quantity;
      this.bySku.set(sku, known);
    }
  }
}
