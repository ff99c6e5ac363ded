// The engine in front of the others: runs each operation on the supergraph it was validated against. A new generation takes what comes
// from then on; an old one serves what began on it, streams included, and is stopped when the last of that has ended.
import type { ExecutionResult, GraphQLSchema } from 'graphql';
import { monotonicMs } from '#platform/kernel/clock.ts';
import type { EngineRequest, QueryEngine, SubscriptionRequest } from '../engine/engine.ts';

/** One supergraph and what runs it. */
export interface Generation {
  readonly engine: QueryEngine;
  readonly supergraphSdl: string;
  /** Called once, after its engine was stopped. */
  readonly release: () => Promise<void>;
}

export interface Schema {
  readonly apiSchema: GraphQLSchema;
  readonly supergraphSdl: string;
}

export interface SchemaSource {
  /** Calls back at once and with each schema to come, until what it answers is called. */
  onSchema(listener: (schema: Schema) => void): () => void;
}

interface Held extends Generation {
  running: number;
  /** When another took its place. */
  retiredAt: number | undefined;
}

type Stream = AsyncIterableIterator<ExecutionResult>;

/** What was validated a moment before the change may still begin. */
const GRACE_MS = 2_000;

export class LiveEngine implements QueryEngine, SchemaSource {
  #current: Held;
  readonly #retired = new Set<Held>();
  readonly #listeners = new Set<(schema: Schema) => void>();

  constructor(first: Generation) {
    this.#current = { ...first, running: 0, retiredAt: undefined };
  }

  get apiSchema(): GraphQLSchema {
    return this.#current.engine.apiSchema;
  }

  /** Supergraphs that something still runs on, the one being served among them. */
  get generations(): number {
    return this.#retired.size + 1;
  }

  async execute(request: EngineRequest): Promise<ExecutionResult> {
    const held = this.#holderOf(request.schema);
    held.running += 1;
    try {
      return await held.engine.execute(request);
    } finally {
      this.#ended(held);
    }
  }

  async subscribe(request: SubscriptionRequest): Promise<Stream | ExecutionResult> {
    const held = this.#holderOf(request.schema);
    held.running += 1;
    const ended = () => this.#ended(held);
    try {
      const result = await held.engine.subscribe(request);
      if (Symbol.asyncIterator in result) onEnd(result, ended);
      else ended();
      return result;
    } catch (error) {
      ended();
      throw error;
    }
  }

  onSchema(listener: (schema: Schema) => void): () => void {
    this.#listeners.add(listener);
    listener({ apiSchema: this.apiSchema, supergraphSdl: this.#current.supergraphSdl });
    return () => void this.#listeners.delete(listener);
  }

  replace(next: Generation): void {
    const old = this.#current;
    old.retiredAt = monotonicMs();
    this.#retired.add(old);
    this.#current = { ...next, running: 0, retiredAt: undefined };
    const { supergraphSdl } = next;
    for (const listener of this.#listeners) listener({ apiSchema: this.apiSchema, supergraphSdl });
    setTimeout(() => this.#stopIfDrained(old), GRACE_MS).unref();
  }

  async stop(): Promise<void> {
    const all = [...this.#retired, this.#current];
    this.#retired.clear();
    await Promise.all(all.map(end));
  }

  #holderOf(schema: GraphQLSchema | undefined): Held {
    if (schema === undefined || schema === this.#current.engine.apiSchema) return this.#current;
    for (const held of this.#retired) if (held.engine.apiSchema === schema) return held;
    return this.#current;
  }

  #ended(held: Held): void {
    held.running -= 1;
    if (held.retiredAt !== undefined && held.running === 0) this.#stopIfDrained(held);
  }

  #stopIfDrained(held: Held): void {
    if (held.running > 0 || monotonicMs() - (held.retiredAt ?? 0) < GRACE_MS - 1) return;
    if (this.#retired.delete(held)) void end(held);
  }
}

async function end({ engine, release }: Held): Promise<void> {
  await engine.stop();
  await release();
}

/** Calls `ended` once when the stream has ended, whoever ended it. The stream stays itself: others know more of it than its interface. */
function onEnd(stream: Stream, ended: () => void): void {
  let open = true;
  const close = () => {
    if (open) ended();
    open = false;
  };
  const next = stream.next.bind(stream);
  const giveUp = stream.return?.bind(stream);
  stream.next = async () => {
    try {
      const result = await next();
      if (result.done) close();
      return result;
    } catch (error) {
      close();
      throw error;
    }
  };
  stream.return = async (value) => {
    close();
    return giveUp ? giveUp(value) : { done: true, value: undefined };
  };
}
