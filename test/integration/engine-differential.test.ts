// Random operations over invented graphs: our engine's answer must be the right one, as graphql-js gives it on one schema with the same
// data, and must equal @apollo/gateway's wherever that one is right itself. `npm run test:differential` runs 20,000, ENGINE_WORLD=<seed>
// on other data; a third of them meet answers that are none (kit/federation/spoiled.ts). ENGINE_SEED=<seed> ENGINE_OPERATIONS=1 replays
// what failed.
import type { ExecutionResult } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createApolloEngine } from '../../gateway/engine/apollo-engine.ts';
import type { QueryEngine } from '../../gateway/engine/engine.ts';
import { createTillgraphEngine } from '../../gateway/engine/tillgraph-engine.ts';
import { ask } from '../kit/federation/ask.ts';
import { unexplained } from '../kit/federation/explained.ts';
import { type RandomOperation, randomOperation } from '../kit/federation/random-operation.ts';
import { composeWorld, type World } from '../kit/federation/world.ts';
import { worlds } from '../kit/federation/worlds.ts';

const FIRST_SEED = Number(process.env.ENGINE_SEED ?? 1);
/** What is true in the worlds. */
const WORLD_SEED = Number(process.env.ENGINE_WORLD ?? 1);
/** Over all worlds. */
const OPERATIONS = Number(process.env.ENGINE_OPERATIONS ?? 240);

interface Told {
  readonly data: unknown;
  /** Places of nulls that an error explains, and whether something went wrong anywhere. */
  readonly explained: readonly string[];
}

/** What counts of an answer: its data to the byte and the order of keys, and which of its nulls have an error. */
function told(result: ExecutionResult): Told {
  const { data, errors = [] } = JSON.parse(JSON.stringify(result)) as ExecutionResult;
  const places = errors.map(({ path = [] }) => {
    let value: unknown = data;
    const place: (string | number)[] = [];
    for (const part of path) {
      if (value === null || value === undefined) break;
      place.push(part);
      value = (value as Record<string | number, unknown>)[part];
    }
    return place.join('.');
  });
  return { data: JSON.stringify(data), explained: [...new Set(places)].toSorted() };
}

async function replyOf(engine: QueryEngine, operation: RandomOperation): Promise<Told> {
  return ask(engine, operation.source, operation.variables).then(told, (error: unknown) => ({
    data: String(error),
    explained: ['thrown'],
  }));
}

function describeCase(world: World, seed: number, operation: RandomOperation): string {
  const sent = world.sent.map(({ subgraph, request }) => {
    return `  ${subgraph}: ${request.query} ${JSON.stringify(request.variables)}`;
  });
  return [
    `${world.name}, ENGINE_SEED=${seed} ENGINE_WORLD=${WORLD_SEED}`,
    operation.source,
    JSON.stringify(operation.variables),
    ...sent,
  ].join('\n');
}

/** Of a hundred answers of subgraphs, where they answer what is no answer. */
const MALFORMED = 30;
const conditions = [
  { name: 'all is well', nulls: 10, failures: 0 },
  { name: 'fields fail', nulls: 10, failures: 4 },
];
/** Operations of one world under one condition; malformed answers are one more. */
const COUNT = Math.ceil(OPERATIONS / worlds.length / (conditions.length + 1));
/** Differences shown before a run gives up. */
const MOST_SHOWN = 5;

function countOf(wrong: readonly { readonly seed: number }[]): string {
  const seeds = wrong.map(({ seed }) => seed);
  return `${wrong.length} wrong${seeds.length > 0 ? ` (${seeds.join(', ')})` : ''}`;
}

describe.each(worlds)('$name', (definition) => {
  const compose = composeWorld(definition);
  it.each(conditions)('answers what is right when $name', { timeout: 3_600_000 }, async ({ nulls, failures }) => {
    const world = compose({ seed: WORLD_SEED, nulls, failures });
    const ours = await createTillgraphEngine(world.supergraphSdl, world.clients);
    const { beyondReference } = definition;
    const reference = beyondReference ? undefined : await createApolloEngine(world.supergraphSdl, world.clients);
    const wrong: { readonly seed: number; readonly right: Told; readonly answer: Told; readonly described: string }[] =
      [];
    let alike = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + COUNT && wrong.length < MOST_SHOWN; seed += 1) {
      const operation = randomOperation(world.apiSchema, seed);
      const right = told(await world.rightAnswer(operation.document, operation.variables));
      world.sent.length = 0;
      const answer = await replyOf(ours, operation);
      const isRight = answer.data === right.data && answer.explained.join() === right.explained.join();
      if (!isRight) wrong.push({ seed, right, answer, described: describeCase(world, seed, operation) });
      if (reference && (await replyOf(reference, operation)).data === answer.data) alike += 1;
    }
    await reference?.stop();
    await ours.stop();
    console.log(
      `${definition.name}, ${nulls} % null, ${failures} % failing: ${COUNT} from seed ${FIRST_SEED} in world ${WORLD_SEED}, ${countOf(wrong)}; @apollo/gateway ${beyondReference ? `not asked: ${beyondReference}` : `answers ${alike} the same`}`,
    );
    // Shown with all it takes to run it again.
    for (const { right, answer, described } of wrong)
      expect.soft({ described, ...answer }).toEqual({ described, ...right });
    expect(wrong.length).toBe(0);
    // What it is known to get wrong has its tests in engine-federation.test.ts.
    if (reference && COUNT >= 20) expect(alike).toBeGreaterThan(COUNT * 0.4);
  });

  it('has an error for all it cannot tell when subgraphs answer what is no answer', {
    timeout: 3_600_000,
  }, async () => {
    const world = compose({ seed: WORLD_SEED, nulls: 10, failures: 0, malformed: MALFORMED });
    const ours = await createTillgraphEngine(world.supergraphSdl, world.clients);
    const wrong: { readonly seed: number; readonly problems: readonly string[]; readonly described: string }[] = [];
    let malformed = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + COUNT && wrong.length < MOST_SHOWN; seed += 1) {
      const operation = randomOperation(world.apiSchema, seed);
      const right = await world.rightAnswer(operation.document, operation.variables);
      world.sent.length = 0;
      world.spoilings.length = 0;
      const answer = await ask(ours, operation.source, operation.variables);
      malformed += world.spoilings.length;
      const problems = [...unexplained(JSON.parse(JSON.stringify(right)), answer)];
      // One value may be told by others too, or be nothing clients see.
      if (world.spoilings.includes('whole') && !answer.errors) problems.push('no error at all');
      if (problems.length > 0) wrong.push({ seed, problems, described: describeCase(world, seed, operation) });
    }
    await ours.stop();
    console.log(
      `${definition.name}, ${malformed} malformed: ${COUNT} from seed ${FIRST_SEED} in world ${WORLD_SEED}, ${countOf(wrong)}`,
    );
    for (const { problems, described } of wrong)
      expect.soft({ described, problems }).toEqual({ described, problems: [] });
    expect(wrong.length).toBe(0);
    expect(malformed > 0 || COUNT < 10).toBe(true);
  });
});
