// How far a replay has come: a bar on a terminal, a line now and then elsewhere. Writes to standard error, so that the report is alone
// on standard output.
import { SingleBar } from 'cli-progress';

export interface Progress {
  /** Tells what is going on before the invoices. */
  say(text: string): void;
  start(invoices: number): void;
  advance(): void;
  stop(): void;
}

const LINES = 10;

/** The bar redraws in place, which only a terminal can show. */
export function createProgress(out: NodeJS.WriteStream): Progress {
  return out.isTTY ? barOn(out) : linesOn(out);
}

function barOn(out: NodeJS.WriteStream): Progress {
  const format = '  {bar} {value}/{total} invoices, {duration_formatted}, {eta_formatted} left';
  const bar = new SingleBar({ format, stream: out, hideCursor: true, etaBuffer: 50 });
  return {
    say: (text) => void out.write(`${text}\n`),
    start: (invoices) => bar.start(invoices, 0),
    advance: () => bar.increment(),
    stop: () => bar.stop(),
  };
}

export function linesOn(out: { write(text: string): unknown }): Progress {
  let total = 0;
  let done = 0;
  return {
    say: (text) => void out.write(`${text}\n`),
    start(invoices) {
      total = invoices;
    },
    advance() {
      done += 1;
      const step = Math.max(1, Math.ceil(total / LINES));
      if (done % step === 0 || done === total) out.write(`  ${done} of ${total} invoices\n`);
    },
    stop: () => undefined,
  };
}
