// Every file of examples/ is sent to the seeded demo as it is, under the role its first lines name, and must be answered.
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getOperationAST, parse } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newDataDir, npmStart, removeFolder, type StartedGraph } from '../kit/npm-start.ts';

const folder = join(import.meta.dirname, '../../examples');
const files = readdirSync(folder)
  .filter((file) => file.endsWith('.graphql'))
  .toSorted();
const read = (file: string) => readFileSync(join(folder, file), 'utf8');

let dataDir: string;
let graph: StartedGraph;

beforeAll(async () => {
  dataDir = await newDataDir();
  graph = await npmStart(dataDir);
});

afterAll(async () => {
  await graph?.stop();
  await removeFolder(dataDir);
});

/** The token for the role a file asks for: "# Role: store". */
function tokenFor(text: string): string | undefined {
  const role = /^# Role: (shopper|store|operator)$/m.exec(text)?.[1];
  return role === undefined ? undefined : graph.token(role as 'shopper' | 'store' | 'operator');
}

/** Coordinates at which the answer is a refusal or nothing at all. */
function disappointments(value: unknown, path = 'data'): string[] {
  if (value === null) return [`${path} is null`];
  if (typeof value !== 'object') return [];
  const refused = 'code' in value && 'message' in value ? [`${path}: ${String(value.code)}`] : [];
  return [...refused, ...Object.entries(value).flatMap(([key, inner]) => disappointments(inner, `${path}.${key}`))];
}

const SELL = read('02-sell-a-mug.graphql');

test.each(files)('%s is answered by the demo', async (file) => {
  const text = read(file);
  const token = tokenFor(text);
  if (getOperationAST(parse(text))?.operation !== 'subscription') {
    const { data, errors } = await graph.ask(text, {}, token);
    expect(errors).toBeUndefined();
    expect(disappointments(data)).toEqual([]);
    return;
  }
  const stream = graph.subscribe(text, {}, token);
  const first = stream.next();
  let told = false;
  void first.finally(() => (told = true));
  // Sold again under new names until the subscription is there to see it.
  for (let sequence = 1_000; !told; sequence += 1) {
    const sale = SELL.replace(/sequence: \d+/, `sequence: ${sequence}`)
      .replace(/idempotencyKey: "/, `$&${sequence}-`)
      .replace(/transactionId: "[^"]*/, `transactionId: "${randomUUID()}`);
    expect((await graph.ask(sale, {}, tokenFor(SELL))).errors).toBeUndefined();
    await Promise.race([first, new Promise((resolve) => setTimeout(resolve, 300))]);
  }
  const { value } = await first;
  expect(value.errors).toBeUndefined();
  expect(disappointments(value.data)).toEqual([]);
});
