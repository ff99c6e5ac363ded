// What a person reads after a replay. Pure: figures in, text out.
import type { Check } from './balance.ts';
import { count, pounds } from './figures.ts';
import { type Reason, reasons } from './mapping.ts';
import type { SetAside } from './quarantine.ts';
import type { Sum } from './tally.ts';

export interface Report {
  readonly path: string;
  readonly location: string;
  readonly rows: number;
  readonly invoices: number;
  /** New in the graph: products, SKUs with opening stock, customers. */
  readonly brought: { readonly products: number; readonly opened: number; readonly customers: number };
  readonly sales: Sum;
  readonly returns: Sum;
  /** Returns that name their sale. */
  readonly withSale: number;
  readonly otherLines: number;
  readonly duplicates: number;
  readonly quarantined: {
    readonly path: string;
    readonly total: SetAside;
    readonly byReason: ReadonlyMap<Reason, SetAside>;
    readonly unreadable: number;
  };
  /** Tickets of the location held from posting, by exception. */
  readonly held: ReadonlyMap<string, number>;
  /** Of recording alone: the preparation and the checks are not in it. */
  readonly recordingMs: number;
  readonly checks: readonly Check[];
}

export function isBalancedReport(report: Report): boolean {
  return report.checks.every(({ ok }) => ok);
}

export function renderReport(report: Report): string {
  const { sales, returns, quarantined, brought, held } = report;
  const rate = report.recordingMs > 0 ? (report.invoices / report.recordingMs) * 1_000 : 0;
  const heldBy = [...held].map(([code, tickets]) => `${code} ${count(tickets)}`).join(', ');
  const lines = [
    `${report.path}: ${count(report.rows)} rows, ${count(report.invoices)} invoices, at location ${report.location}`,
    `  new            ${count(brought.products)} products, ${count(brought.opened)} opening stocks, ${count(brought.customers)} customers`,
    `  sales          ${sumOf(sales)}`,
    `  returns        ${sumOf({ ...returns, money: -returns.money })}, ${count(report.withSale)} with their sale`,
    `  other lines    ${count(report.otherLines)} of postage, fees and manual amounts: no goods`,
    `  duplicates     ${count(report.duplicates)} invoices skipped: recorded before`,
    `  held           ${held.size === 0 ? 'none' : heldBy}`,
    `  quarantined    ${count(quarantined.total.rows)} rows, ${pounds(quarantined.total.money)}${whereTo(report)}`,
    ...[...quarantined.byReason].map(
      ([reason, { rows, money }]) => `    ${reason} ${count(rows)} (${pounds(money)}): ${reasons[reason]}`,
    ),
    `  speed          ${count(Math.round(rate))} invoices/s, ${(report.recordingMs / 1_000).toFixed(1)} s`,
    ...report.checks.map(({ ok, text }) => `  ${ok ? 'ok    ' : 'FAILED'}  ${text}`),
  ];
  return `${lines.join('\n')}\n`;
}

function sumOf({ tickets, units, money }: Sum): string {
  return `${count(tickets)}, ${count(units)} units, ${pounds(money)}`;
}

function whereTo({ quarantined }: Report): string {
  if (quarantined.total.rows === 0) return '';
  const unreadable =
    quarantined.unreadable === 0 ? '' : ` and ${count(quarantined.unreadable)} whose money cannot be read`;
  return `${unreadable}, in ${quarantined.path}`;
}
