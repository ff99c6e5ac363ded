// From bytes to the records of a CSV file, as a stream. A record is a line; several only where a quoted field goes on and closes soon.
// So one quote that is never closed costs its own line, not the rest of the file.
import { parse } from 'csv-parse/sync';

export interface CsvRecord {
  /** Line of the file it ends on, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
  /** False for a line that is no record: it has an unclosed quote, or is longer than any. */
  readonly readable: boolean;
}

/** Longer than any row of a sensible file. */
const LONGEST_LINE = 20_000;
/** Lines a quoted field may go on for. */
const MOST_CONTINUED = 5;

interface Line {
  readonly number: number;
  readonly text: string;
}

/** Empty lines are nothing. Holds a few lines at a time. */
export async function* readRecords(bytes: AsyncIterable<Uint8Array | string>): AsyncGenerator<CsvRecord> {
  const lines = readLines(bytes);
  const ahead: Line[] = [];
  let width: number | undefined;
  for (;;) {
    const line = ahead.shift() ?? (await next(lines));
    if (line === undefined) return;
    if (line.text.trim() === '') continue;
    let record = recordOf([line]);
    if (!record.readable && line.text.length < LONGEST_LINE)
      record = (await continued(line, ahead, lines, width)) ?? record;
    width ??= record.fields.length;
    yield record;
  }
}

/** The record of a line and the following ones, where these close its quote and make it as wide as the first record. */
async function continued(
  first: Line,
  ahead: Line[],
  lines: AsyncIterator<Line>,
  width: number | undefined,
): Promise<CsvRecord | undefined> {
  for (let more = 1; more <= MOST_CONTINUED; more += 1) {
    if (ahead.length < more) {
      const line = await next(lines);
      if (line === undefined) return undefined;
      ahead.push(line);
    }
    // A line that is a record by itself does not belong to another one's field.
    const own = recordOf(ahead.slice(more - 1, more));
    if (own.readable && own.fields.length === width) return undefined;
    const record = recordOf([first, ...ahead.slice(0, more)]);
    if (record.readable && record.fields.length === width) {
      ahead.splice(0, more);
      return record;
    }
  }
  return undefined;
}

async function next(lines: AsyncIterator<Line>): Promise<Line | undefined> {
  const { value, done } = await lines.next();
  return done === true ? undefined : value;
}

function recordOf(lines: readonly Line[]): CsvRecord {
  const text = lines.map((line) => line.text).join('\n');
  const line = lines.at(-1)?.number ?? 0;
  if (text.length >= LONGEST_LINE) return { line, fields: [text.slice(0, LONGEST_LINE)], readable: false };
  // Most lines have no quote, and splitting is all there is to do.
  if (!text.includes('"')) return { line, fields: text.split(','), readable: true };
  try {
    const [fields = []] = parse(text, { relax_quotes: true, relax_column_count: true });
    return { line, fields, readable: true };
  } catch {
    return { line, fields: [text], readable: false };
  }
}

async function* readLines(bytes: AsyncIterable<Uint8Array | string>): AsyncGenerator<Line> {
  // It takes a byte-order mark off.
  const decoder = new TextDecoder();
  let number = 0;
  let rest = '';
  for await (const chunk of bytes) {
    rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    const parts = rest.split('\n');
    // What is too long for a line is cut: a file without line ends must not fill the memory.
    rest = (parts.pop() ?? '').slice(0, LONGEST_LINE);
    for (const part of parts) {
      number += 1;
      yield { number, text: part.endsWith('\r') ? part.slice(0, -1) : part };
    }
  }
  rest += decoder.decode();
  if (rest !== '') yield { number: number + 1, text: rest };
}
