// How much of this process's memory is in use by objects that something still holds.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Twice: what the first collection lets go of may hold more. */
export function liveBytes(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

/** Bytes per step of the line that fits best through the values, which lie `step` apart. */
export function slope(values: readonly number[], step: number): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [above, below] = [0, 0];
  values.forEach((value, index) => {
    above += (index - middle) * (value - mean);
    below += (index - middle) ** 2;
  });
  return above / below / step;
}
