// A file of real invoices through the graph: survey, prepare, record, check. Knows the graph only as its clients do. Run again, it
// records what is missing and nothing twice.
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Clock, monotonicMs } from '#platform/kernel/clock.ts';
import { newId } from '#platform/kernel/ids.ts';
import { type Check, checkDays, checkMoney, checkStock } from './balance.ts';
import { readDays, readHeld, readStock } from './books.ts';
import type { Graph } from './graph.ts';
import { type Preparation, prepare } from './prepare.ts';
import type { Progress } from './progress.ts';
import { Quarantine } from './quarantine.ts';
import { readInvoiceFile } from './reader.ts';
import { recordInvoices } from './record.ts';
import type { Report } from './report.ts';
import { surveyInvoices } from './survey.ts';

/** GLN of the shop the replay makes, from the range GS1 keeps for examples. */
export const SHOP = '9506000999005';

export interface ReplayOptions {
  readonly path: string;
  /** May record sales, know customers and read stock and orders. */
  readonly tills: Graph;
  /** Speaks for the system `online-retail`. */
  readonly feed: Graph;
  readonly location: string;
  /** Invoices under way at once. */
  readonly concurrency: number;
  /** Where rows go that cannot be taken. */
  readonly quarantinePath: string;
  readonly clock: Clock;
  readonly progress: Progress;
}

/** Throws when the file is not there or not of the form, or the graph does not answer; what does not balance is in the report. */
export async function replay(options: ReplayOptions): Promise<Report> {
  const { path, tills, feed, location, concurrency, progress } = options;
  requireFile(path, options.quarantinePath);
  const survey = await surveyInvoices(readInvoiceFile(path), location);
  if (survey.rows === 0) throw new Error(`${path} has column names and no rows`);
  const preparation: Preparation = { tills, feed, location, concurrency, run: newId(), now: options.clock.now() };
  progress.say(`${path}: ${survey.invoices} invoices; bringing in what they need …`);
  const prepared = await prepare(preparation, survey);
  const quarantine = new Quarantine(options.quarantinePath);
  progress.start(survey.pieces);
  const startedAt = monotonicMs();
  const recording = { ...preparation, survey, quarantine, onInvoice: () => progress.advance() };
  const tally = await recordInvoices(readInvoiceFile(path), recording).finally(() => {
    progress.stop();
    quarantine.close();
  });
  const recordingMs = monotonicMs() - startedAt;
  progress.say('waiting until stock has followed …');
  const stocks = await readStock({ graph: tills, location, survey, prepared, tally });
  const checks: Check[] = [
    checkMoney({ file: survey.money, recorded: tally.money, quarantined: quarantine.total.money }),
    checkDays(await readDays(tills, location, tally)),
    checkStock(stocks),
  ];
  const { sales, returns, withSale, otherLines, duplicates } = tally;
  const { rows, invoices } = survey;
  const held = await readHeld(tills, location);
  const counted = { rows, invoices, sales, returns, withSale, otherLines, duplicates };
  return { path, location, ...counted, brought: prepared, quarantined: quarantine, held, recordingMs, checks };
}

function requireFile(path: string, quarantinePath: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new Error(`There is no file ${path}`);
  if (!found.isFile()) throw new Error(`${path} is no file`);
  if (resolve(path) === resolve(quarantinePath))
    throw new Error('The quarantine must be another file than the invoices');
}
