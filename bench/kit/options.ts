// What a benchmark can be told: `-- --rounds 9 --seconds 3`.
import { parseArgs } from 'node:util';

/** Nine rounds of three seconds unless said. */
export function readOptions({ rounds: usual = 9 } = {}): { readonly rounds: number; readonly seconds: number } {
  const options = {
    rounds: { type: 'string', default: String(usual) },
    seconds: { type: 'string', default: '3' },
  } as const;
  const { values } = parseArgs({ options });
  const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
  if (!(rounds >= 1 && seconds > 0)) throw new Error('--rounds must be 1 or more, --seconds above 0');
  return { rounds, seconds };
}
