// Interleaved rounds: every side once, then every side again, so that a machine that slows down slows all of them. While one is measured
// the others are suspended. Compared is each round with itself.
import { type Measured, measure, median, type Target } from './load.ts';
import type { RunningProcess } from './process.ts';

export interface Side {
  readonly name: string;
  readonly process: RunningProcess;
  readonly target: Target;
  /** Runs at the end of each round: work the load left behind must not fall into the next side's time. */
  readonly after?: () => Promise<void>;
}

export interface RoundOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
}

async function measureAlone(
  side: Side,
  sides: readonly Side[],
  connections: number,
  seconds: number,
): Promise<Measured> {
  for (const other of sides) if (other !== side) other.process.suspend();
  await side.process.resume();
  const measured = await measure(side.target, connections, seconds);
  await side.after?.();
  return measured;
}

/** Without measuring: until compilers and caches have seen what is to come. */
export async function warmUp(sides: readonly Side[], connections: number, seconds: number): Promise<void> {
  for (const side of sides) await measureAlone(side, sides, connections, seconds);
}

/** Measures the sides and prints a table; answers the median share of the first one in each of the others, by name. */
export async function compare(sides: readonly Side[], options: RoundOptions): Promise<Map<string, number>> {
  const { rounds, seconds, connections } = options;
  const measured = new Map<Side, Measured[]>(sides.map((side) => [side, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const side of sides) measured.get(side)?.push(await measureAlone(side, sides, connections, seconds));
    const line = sides.map((side) => `${measured.get(side)?.at(-1)?.perSecond.toFixed(0)}/s`);
    process.stderr.write(`c${connections} round ${round} of ${rounds}: ${line.join(', ')}\n`);
  }
  const [ours] = sides.map((side) => measured.get(side) ?? []);
  const shares = new Map<string, number>();
  console.log(`\n| ${connections} at once | per second | p50 ms | p99 ms | ours is |\n|---|---|---|---|---|`);
  for (const [side, runs] of measured) {
    const middle = (of: (run: Measured) => number) => median(runs.map(of));
    const share = median(runs.map((run, index) => (ours?.[index]?.perSecond ?? 0) / run.perSecond));
    shares.set(side.name, share);
    const figures = [
      middle((run) => run.perSecond).toFixed(0),
      middle((run) => run.p50).toFixed(1),
      middle((run) => run.p99).toFixed(1),
    ];
    console.log(
      `| ${side.name} | ${figures.join(' | ')} | ${side === sides[0] ? '' : `${(share * 100).toFixed(0)} %`} |`,
    );
  }
  return shares;
}
