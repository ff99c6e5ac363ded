// A fetch of entities: each distinct representation is sent once, and its answer goes to every place that asked for it.
import type { GraphQLFormattedError } from 'graphql';
import type { OperationResult, SubgraphClient } from '../subgraph-client.ts';
import { collectWanted, compileGroups, type Group, spread, type Wanted } from './entity-group.ts';
import { copy } from './merge.ts';
import type { EntityFetch } from './plan.ts';
import { isObject, type JsonObject } from './rewrites.ts';
import { malformed, type Run } from './run.ts';
import type { Sharing } from './sharing.ts';
import type { TypeTable } from './types.ts';

/** Runs one step; undefined when there is nothing to wait for. */
export type Step = (run: Run) => Promise<void> | undefined;

/** Representations of one variable, in the order they are sent. */
interface Batch {
  readonly values: JsonObject[];
  readonly indexes: Map<string, number>;
}

/** What is sent in one request. */
interface Sending {
  readonly wanted: readonly Wanted[];
  readonly batches: ReadonlyMap<string, Batch>;
}

const MOST_PLACES = 100;

export function compileEntityFetch(
  fetch: EntityFetch,
  client: SubgraphClient,
  types: TypeTable,
  sharing: Sharing,
): Step {
  const step = new EntityStep(fetch, client, types, compileGroups(fetch, types, sharing));
  return (run) => step.run(run);
}

class EntityStep {
  readonly #fetch: EntityFetch;
  readonly #client: SubgraphClient;
  readonly #types: TypeTable;
  readonly #groups: readonly Group[];

  constructor(fetch: EntityFetch, client: SubgraphClient, types: TypeTable, groups: readonly Group[]) {
    this.#fetch = fetch;
    this.#client = client;
    this.#types = types;
    this.#groups = groups;
  }

  run(run: Run): Promise<void> | undefined {
    const wanted: Wanted[] = [];
    const batches = new Map<string, Batch>();
    for (const group of this.#groups) {
      batches.set(group.variable, batches.get(group.variable) ?? { values: [], indexes: new Map() });
      for (const entry of collectWanted(group, run)) {
        const known = group.selection === undefined ? undefined : run.entities.get(group.selection);
        const entity = known?.get(entry.representation.text);
        if (entity !== undefined) spread(entry, entity, run, this.#types);
        else {
          wanted.push(entry);
          enlist(entry, batches);
        }
      }
    }
    return wanted.length === 0 ? undefined : this.#send({ wanted, batches }, run);
  }

  async #send(sending: Sending, run: Run): Promise<void> {
    const variables = run.pick(this.#fetch.variables);
    for (const [name, { values }] of sending.batches) variables[name] = values;
    try {
      this.#receive(sending, await run.ask(this.#client, this.#fetch.operation, variables), run);
    } catch (error) {
      for (const { path } of new Set(sending.wanted.map(({ place }) => place))) {
        const places = path.locate(run.data, MOST_PLACES);
        run.failures.unfetched(
          error as Error,
          places.map((place) => place.path),
        );
      }
    }
  }

  #receive(sending: Sending, { data, errors }: OperationResult, run: Run): void {
    if (isObject(data)) this.#spreadAll(sending, data, run);
    // After the data: where clients see an error depends on the types of what is there.
    const failed = errors && tellErrors(errors, this.#groups, sending, run);
    if (!isObject(data)) return;
    for (const entry of sending.wanted) {
      const { group, representation } = entry;
      if (group.selection === undefined || failed?.has(entry)) continue;
      const entity = (data[group.alias] as (JsonObject | null)[])[indexOf(entry, sending)] ?? null;
      remember(run, group.selection, representation.text, entity);
    }
  }

  #spreadAll(sending: Sending, data: JsonObject, run: Run): void {
    for (const { alias, variable, output } of this.#groups) {
      const entities = data[alias];
      const sent = sending.batches.get(variable)?.values.length;
      if (!Array.isArray(entities) || entities.length !== sent) {
        throw malformed(this.#client, `no list of ${sent} entities`);
      }
      output?.(entities);
    }
    const taken = new Set<JsonObject>();
    for (const entry of sending.wanted) {
      const { group } = entry;
      const entity = (data[group.alias] as unknown[])[indexOf(entry, sending)];
      if (entity !== null && !isObject(entity)) throw malformed(this.#client, 'an entity that is no object');
      // Places that other steps extend apart do not share an answer.
      const own = entity && group.extended && taken.has(entity) ? copy(entity) : entity;
      if (entity) taken.add(entity);
      spread(entry, own, run, this.#types);
    }
  }
}

function enlist({ group, representation }: Wanted, batches: ReadonlyMap<string, Batch>): void {
  const batch = batches.get(group.variable);
  if (!batch || batch.indexes.has(representation.text)) return;
  batch.indexes.set(representation.text, batch.values.length);
  batch.values.push(representation.value);
}

function indexOf({ group, representation }: Wanted, { batches }: Sending): number {
  return batches.get(group.variable)?.indexes.get(representation.text) ?? -1;
}

function remember(run: Run, selection: string, text: string, entity: JsonObject | null): void {
  const known = run.entities.get(selection) ?? new Map<string, JsonObject | null>();
  run.entities.set(selection, known.set(text, entity));
}

/** Tells each error at the places of its entity; answers what must not be taken for an answer again. */
function tellErrors(
  errors: readonly GraphQLFormattedError[],
  groups: readonly Group[],
  sending: Sending,
  run: Run,
): ReadonlySet<Wanted> {
  const failed = new Set<Wanted>();
  for (const error of errors) {
    const [alias, index, ...rest] = error.path ?? [];
    const group = groups.find((candidate) => candidate.alias === alias);
    const concerned = sending.wanted.filter(
      (entry) => (!group || entry.group === group) && (typeof index !== 'number' || indexOf(entry, sending) === index),
    );
    let told = false;
    for (const entry of concerned) {
      failed.add(entry);
      const objects = new Set(entry.targets.map(({ object }) => object));
      for (const { object, path } of entry.place.path.locate(run.data, MOST_PLACES)) {
        if (!objects.has(object) || (told && typeof index !== 'number')) continue;
        run.failures.told(error, [...path, ...rest]);
        told = true;
      }
    }
    if (!told) run.failures.told(error, undefined);
  }
  return failed;
}
