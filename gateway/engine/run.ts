// What one execution of a plan carries from step to step, and how a step asks a subgraph.
import { Fault } from '#platform/errors/fault.ts';
import { abandoned } from '../departure.ts';
import type { GatewayContext, OperationResult, SubgraphClient } from '../subgraph-client.ts';
import { clientPaths } from './client-paths.ts';
import { Failures } from './failures.ts';
import { isObject, type JsonObject } from './rewrites.ts';
import type { Selection } from './selection.ts';

/** Text of an object that stands in several places, by the writer that made it. */
export interface Written {
  by: object | undefined;
  text: string;
}

export class Run {
  readonly data: JsonObject = {};
  readonly failures: Failures;
  /** A subgraph refused to run the operation for what its client sent: there is no data, not even null. */
  refused = false;
  /** Values that stand in several places of the data: followed once, written once. */
  readonly shared = new Map<object, Written>();
  /** Entities fetched before in this execution, by selection and representation. */
  readonly entities = new Map<string, Map<string, JsonObject | null>>();
  /** Objects that refer to an entity its subgraph says does not exist, or not for this caller. */
  readonly absent = new Set<object>();
  readonly variables: Readonly<Record<string, unknown>>;
  readonly #context: GatewayContext;
  /** Of a query: aborted when its client has gone. */
  readonly #signal: AbortSignal | undefined;

  constructor(selection: Selection, variables: Readonly<Record<string, unknown>>, context: GatewayContext) {
    this.failures = new Failures((path) => clientPaths(selection, this.data, path));
    this.variables = variables;
    this.#context = context;
    this.#signal = selection.operation.definition.operation === 'query' ? context.signal : undefined;
  }

  /** Nobody waits for the answer any more. */
  get isAbandoned(): boolean {
    return this.#signal?.aborted === true;
  }

  share(value: object): void {
    if (!this.shared.has(value)) this.shared.set(value, { by: undefined, text: '' });
  }

  /** Throws a Fault when the subgraph cannot be reached or answers neither data nor errors, or when there is nobody to ask for. */
  async ask(client: SubgraphClient, query: string, variables: Record<string, unknown>): Promise<OperationResult> {
    const { principal, traceparent, forwarded } = this.#context;
    if (this.isAbandoned) throw abandoned();
    const answer = await client.execute({ query, variables, principal, traceparent, forwarded, signal: this.#signal });
    const { data, errors } = answer;
    if (errors !== undefined && errors.length > 0) return answer;
    if (!isObject(data)) throw malformed(client, 'neither data nor errors');
    return answer;
  }

  pick(names: readonly string[]): Record<string, unknown> {
    const picked: Record<string, unknown> = {};
    for (const name of names) {
      const value = this.variables[name];
      if (value !== undefined) picked[name] = value;
    }
    return picked;
  }
}

export function malformed(client: SubgraphClient, what: string): Fault {
  return new Fault('SUBGRAPH_MALFORMED_RESPONSE', `The subgraph ${client.name} answered ${what}`);
}
