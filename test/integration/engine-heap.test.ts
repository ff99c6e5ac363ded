// What the engine keeps of operations is bounded. `npm run bench:heap` is the long form, through HTTP.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { createTillgraphEngine } from '../../gateway/engine/tillgraph-engine.ts';
import { ask, scriptedSubgraph } from '../kit/federation/ask.ts';
import { composeWorld } from '../kit/federation/world.ts';

/** More than are kept. */
const WARM_UP = 2_300;
const FURTHER = 1_200;
/** What is prepared for an operation takes 10,000 and more. */
const MOST_PER_OPERATION = 2_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

it('keeps nothing of operations that were not asked for again', { timeout: 300_000 }, async () => {
  const { supergraphSdl } = composeWorld({
    name: 'heap',
    subgraphs: { things: 'type Query { things: [Thing!]! } type Thing { id: ID! name: String text(n: Int): String }' },
  })({ seed: 1, nulls: 0, failures: 0 });
  const things = scriptedSubgraph('things', () => ({ data: { things: [] } }));
  const engine = await createTillgraphEngine(supergraphSdl, [things]);
  let asked = 0;
  const askUntil = async (operations: number) => {
    while (asked < operations) {
      asked += 1;
      expect((await ask(engine, `{ things { x${asked}: name id text(n: ${asked}) } }`)).errors).toBeUndefined();
      things.requests.length = 0;
    }
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = await askUntil(WARM_UP);
  const after = await askUntil(WARM_UP + FURTHER);
  expect((after - before) / FURTHER).toBeLessThan(MOST_PER_OPERATION);
  await engine.stop();
});
