// The ERP's memory on disk: one line per fact, appended and flushed before it is answered. A last line torn by a kill is dropped.
import { closeSync, fdatasyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export interface Journal<Fact> {
  /** What was there when it was opened, oldest first. */
  readonly facts: readonly Fact[];
  append(facts: readonly Fact[]): void;
  close(): void;
}

export function openJournal<Fact>(folder: string): Journal<Fact> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'journal.jsonl');
  const file = openSync(path, 'a+');
  const text = readFileSync(path, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) ftruncateSync(file, Buffer.byteLength(whole));
  const facts = whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Fact);
  return {
    facts,
    append(added) {
      if (added.length === 0) return;
      writeSync(file, added.map((fact) => `${JSON.stringify(fact)}\n`).join(''));
      fdatasyncSync(file);
    },
    close: () => closeSync(file),
  };
}
