// The process that plans is killed: while it starts, while it rests, while it plans. Answers are right afterwards, of the same engine and the
// same planner; where it cannot be had at all, the start fails and says so.
import { parse } from 'graphql';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '#platform/telemetry/logger.ts';
import { createEngine } from '../../gateway/engine/create-engine.ts';
import type { QueryEngine } from '../../gateway/engine/engine.ts';
import { createPlanner } from '../../gateway/engine/planner.ts';
import { ask } from '../kit/federation/ask.ts';
import { composeWorld } from '../kit/federation/world.ts';
import { worlds } from '../kit/federation/worlds.ts';
import { killPlanners, plannerProcesses } from '../kit/planner-processes.ts';

const LONG = { timeout: 60_000 };
const definition = worlds.find(({ name }) => name.startsWith('people'));
if (!definition) throw new Error('no world of people');
const world = composeWorld(definition)({ seed: 1, nulls: 0, failures: 0 });
const { supergraphSdl, clients: subgraphs } = world;
const PEOPLE = 'people { id label ... on Employee { bonus(percent: 5) rooms { size } } }';

const warnings: unknown[] = [];
const logger = { ...silentLogger, warn: (...line: unknown[]) => warnings.push(line) } as never;
const engines: QueryEngine[] = [];
beforeEach(() => void (warnings.length = 0));
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.stop();
});

async function start(): Promise<QueryEngine> {
  const engine = await createEngine({ engine: 'tillgraph', supergraphSdl, subgraphs, logger });
  engines.push(engine);
  expect(engine.constructor.name).toBe('TillgraphEngine');
  return engine;
}

async function expectRight(engine: QueryEngine, query: string): Promise<void> {
  const { data } = await world.rightAnswer(parse(query), {});
  expect(await ask(engine, query)).toEqual({ data: JSON.parse(JSON.stringify(data)) });
}

it('while it starts: another one is started', LONG, async () => {
  const starting = start();
  await expect.poll(killPlanners, LONG).toBe(1);
  await expectRight(await starting, `{ ${PEOPLE} }`);
  expect(warnings).toEqual([]);
});

it('whenever it starts: the start fails, and no other engine takes its place', LONG, async () => {
  const starting = createEngine({ engine: 'tillgraph', supergraphSdl, subgraphs, logger }).then(
    () => 'started',
    (error: Error) => error.message,
  );
  let ended: string | undefined;
  void starting.then((outcome) => (ended = outcome));
  while (ended === undefined) {
    killPlanners();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(ended).toContain('ended while it started');
  expect(warnings).toEqual([]);
});

it('while it rests, and while the next one starts: operations are planned by the one after', LONG, async () => {
  const engine = await start();
  await expectRight(engine, `{ ${PEOPLE} }`);
  expect(killPlanners()).toBe(1);
  await expect.poll(plannerProcesses, LONG).toEqual([]);
  const answered = expectRight(engine, `{ again: ${PEOPLE} }`);
  await expect.poll(killPlanners, LONG).toBe(1);
  await answered;
  expect(plannerProcesses()).toHaveLength(1);
  expect(warnings).toEqual([]);
});

it('while it plans: what waited for it is planned by the next one, not by a lesser planner', LONG, async () => {
  const planner = await createPlanner(parse(supergraphSdl, { noLocation: true }));
  const operations = Array.from({ length: 40 }, (_, index) => `{ p${index}: ${PEOPLE} }`);
  const usual = JSON.stringify(await planner.plan('{ x: ' + PEOPLE + ' }'));
  const planned = operations.map((operation) => planner.plan(operation));
  expect(killPlanners()).toBe(1);
  const plans = await Promise.all(planned);
  for (const [index, plan] of plans.entries()) {
    expect(JSON.stringify(plan).replaceAll(`p${index}`, 'x')).toBe(usual);
  }
  expect(plannerProcesses()).toHaveLength(1);
  await planner.stop();
});
