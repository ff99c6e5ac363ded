// Answers no subgraph should give: no data and no errors, too few or too many entities, values of another type than their field's.
import { createHash } from 'node:crypto';
import type { OperationResult, SubgraphRequest } from '../../../gateway/subgraph-client.ts';

/** What was done to an answer: `whole` to all of it, `value` to one value, which other subgraphs may tell as well. */
export type Spoiling = 'whole' | 'value';

export interface SpoiledAnswer {
  readonly answer: OperationResult;
  readonly spoiling: Spoiling;
}

/** Where a value stands, to put another one there. */
interface Spot {
  readonly holder: Record<string | number, unknown>;
  readonly slot: string | number;
}

type Data = Record<string, unknown>;

/**
 * The answer with something wrong in it, the same for the same request; undefined where there is nothing to spoil. Values under the names in
 * `steady` stay: they are sent to other subgraphs, and it is for those to refuse a key or a requirement that is none.
 */
export function spoiled(
  { data }: OperationResult,
  { query, variables }: SubgraphRequest,
  seed: number,
  steady: ReadonlySet<string>,
): SpoiledAnswer | undefined {
  const draw = (what: string, below: number) => drawn(`${seed}|${query}|${JSON.stringify(variables)}|${what}`, below);
  const whole = (answer: unknown) => ({ answer: answer as OperationResult, spoiling: 'whole' }) as const;
  if (data === null || data === undefined) return undefined;
  const lists = Object.entries(data as Data).filter(([, value]) => query.includes('_entities') && Array.isArray(value));
  const [alias, entities] = (lists[draw('list', Math.max(lists.length, 1))] ?? []) as [string?, unknown[]?];
  switch (draw('kind', 10)) {
    case 0:
      return whole({ data: null });
    case 1:
      return whole({});
    case 2:
      return whole({ data: [data] });
    case 3:
      return alias && entities?.length ? whole({ data: { ...data, [alias]: entities.slice(1) } }) : whole({ data: {} });
    case 4:
      return alias && entities ? whole({ data: { ...data, [alias]: [...entities, null] } }) : whole({ data: 'none' });
    default: {
      const copy = structuredClone(data) as Data;
      const spots = spotsIn(copy, steady);
      const spot = spots[draw('spot', Math.max(spots.length, 1))];
      if (!spot) return undefined;
      spot.holder[spot.slot] = unlike(spot.holder[spot.slot], draw('unlike', 2));
      return { answer: { data: copy }, spoiling: 'value' };
    }
  }
}

/** Of a hundred requests, that many. */
export function isDrawn(percent: number, seed: number, { query, variables }: SubgraphRequest): boolean {
  return drawn(`${seed}|${query}|${JSON.stringify(variables)}`, 100) < percent;
}

function drawn(question: string, below: number): number {
  return createHash('md5').update(question).digest().readUInt32LE() % below;
}

/** A value that no type has which has the given one. */
function unlike(value: unknown, which: number): unknown {
  if (Array.isArray(value)) return which === 0 ? 'no list' : { no: 'list' };
  if (typeof value === 'object') return which === 0 ? 7 : ['no object'];
  return which === 0 ? { no: 'leaf' } : [];
}

function spotsIn(data: Data, steady: ReadonlySet<string>): readonly Spot[] {
  const spots: Spot[] = [];
  const look = (holder: Spot['holder'], slot: string | number): void => {
    const value = holder[slot];
    // A custom scalar may be anything (truth.ts makes them so).
    if (value === null || value === undefined || isCustomScalar(value)) return;
    spots.push({ holder, slot });
    if (Array.isArray(value)) for (const index of value.keys()) look(value as unknown as Spot['holder'], index);
    else if (typeof value === 'object') lookInto(value as Data);
  };
  const lookInto = (object: Data): void => {
    for (const key of Object.keys(object)) {
      // What a planner renames may be a key.
      const name = key.replace(/^_[cr]\d*_/, '');
      if (name !== '__typename' && !name.startsWith('_internal') && !steady.has(name)) look(object, key);
    }
  };
  lookInto(data);
  return spots;
}

function isCustomScalar(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'number' in value && 'list' in value;
}
