// Rows that cannot be taken, each with the reason, in a file of their own; and how many rows and how much money per reason.
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import type { Reason, Refused } from './mapping.ts';
import { columns } from './reader.ts';

export interface SetAside {
  rows: number;
  /** Pence of those rows whose money can be read. */
  money: bigint;
}

export class Quarantine {
  readonly path: string;
  readonly byReason = new Map<Reason, SetAside>();
  /** Rows whose money cannot be read; it is in no total. */
  unreadable = 0;
  #file: number | undefined;

  /** What an earlier run left there goes; a file is made when there is something to write. */
  constructor(path: string) {
    this.path = path;
    rmSync(path, { force: true });
  }

  get total(): SetAside {
    const all = [...this.byReason.values()];
    return {
      rows: all.reduce((sum, { rows }) => sum + rows, 0),
      money: all.reduce((sum, { money }) => sum + money, 0n),
    };
  }

  add(refused: readonly Refused[]): void {
    if (refused.length === 0) return;
    let text = '';
    if (this.#file === undefined) {
      this.#file = openSync(this.path, 'w');
      text = csvLine(['Line', 'Reason', 'Detail', ...columns]);
    }
    for (const { row, reason, detail } of refused) {
      const sum = this.byReason.get(reason) ?? { rows: 0, money: 0n };
      this.byReason.set(reason, { rows: sum.rows + 1, money: sum.money + (row.pence ?? 0n) });
      if (row.pence === null) this.unreadable += 1;
      text += csvLine([String(row.line), reason, detail ?? '', ...row.fields]);
    }
    writeSync(this.#file, text);
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

function csvLine(fields: readonly string[]): string {
  return `${fields.map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',')}\n`;
}
