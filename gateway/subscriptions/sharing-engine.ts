// Subscriptions shared: an engine around another one, which opens one upstream for all clients that ask the same and brings the rest of
// each event once. Queries and mutations pass through.
import { type ExecutionResult, type GraphQLSchema, parse } from 'graphql';
import { newTraceparent } from '#platform/telemetry/trace.ts';
import { AccessRules } from '../engine/access-rules.ts';
import type { EngineRequest, QueryEngine, SubscriptionRequest } from '../engine/engine.ts';
import { Lru } from '../engine/lru.ts';
import { SharedStream } from './joint-stream.ts';
import { type Asked, askedFor, type RulesOf, type Shareable, shareable } from './sharing-key.ts';
import type { Stream } from './told-event.ts';

export interface SharingOptions {
  /** By root field of a subscription: the selection on its event that says which thing's latest state it tells. */
  readonly things: Readonly<Record<string, string>>;
  /** Events a client may be behind. */
  readonly capacity: number;
  /** Characters of their texts. */
  readonly capacityBytes: number;
}

const MOST_KNOWN = 500;
export const usualSharing: SharingOptions = { things: {}, capacity: 1_000, capacityBytes: 1024 * 1024 };

/** Whoever is told apart by a rule of the supergraph is told apart here; where no rule stands, nobody is. */
export function shareSubscriptions(
  engine: QueryEngine,
  supergraphSdl: string,
  options: Partial<SharingOptions> = {},
): SharingEngine {
  const rules = new AccessRules(parse(supergraphSdl, { noLocation: true }), engine.apiSchema);
  const rulesOf: RulesOf = (parent, field) => {
    const ids = [...rules.ofField(parent, field), ...rules.ofPossible(parent)];
    return ids.length === 0 ? undefined : ids.flatMap((id) => rules.rules[id]?.anyOf.flat() ?? []);
  };
  return new SharingEngine(engine, rulesOf, { ...usualSharing, ...options });
}

export class SharingEngine implements QueryEngine {
  readonly apiSchema: GraphQLSchema;
  readonly #engine: QueryEngine;
  readonly #rulesOf: RulesOf;
  readonly #options: SharingOptions;
  readonly #known = new Lru<string, Shareable>(MOST_KNOWN);
  readonly #streams = new Map<string, SharedStream>();

  constructor(engine: QueryEngine, rulesOf: RulesOf, options: SharingOptions) {
    this.#engine = engine;
    this.#rulesOf = rulesOf;
    this.#options = options;
    this.apiSchema = engine.apiSchema;
  }

  /** Upstreams that somebody reads. */
  get shared(): number {
    return this.#streams.size;
  }

  execute(request: EngineRequest): Promise<ExecutionResult> {
    return this.#engine.execute(request);
  }

  async subscribe(request: SubscriptionRequest): Promise<Stream | ExecutionResult> {
    const shared = this.#shareable(request);
    if (shared.isAlone) return this.#engine.subscribe(request);
    const asked = askedFor(shared, request);
    for (;;) {
      const joined = await this.#streamOf(shared, asked, request).join(asked.after);
      if (joined) return joined;
    }
  }

  stop(): Promise<void> {
    return this.#engine.stop();
  }

  #shareable({ source, document, operationName }: SubscriptionRequest): Shareable {
    const key = `${operationName ?? ''}\n${source}`;
    const known = this.#known.get(key);
    if (known) return known;
    const sharing = { schema: this.apiSchema, rulesOf: this.#rulesOf, things: this.#options.things };
    const found = shareable(sharing, document, operationName);
    this.#known.set(key, found);
    return found;
  }

  #streamOf(
    shared: Shareable,
    { key, variables, principal }: Asked,
    { schema, context }: SubscriptionRequest,
  ): SharedStream {
    const known = this.#streams.get(key);
    if (known?.isOpen) return known;
    const { resumable, document, source } = shared;
    const stream = new SharedStream({
      open: (after) =>
        this.#engine.subscribe({
          ...(schema ? { schema } : {}),
          source,
          document,
          operationName: null,
          variables:
            resumable.after === undefined || after === undefined
              ? variables
              : { ...variables, [resumable.after]: after },
          context: { principal, traceparent: newTraceparent(), forwarded: context.forwarded },
        }),
      read: (result) => resumable.takeEvent(result),
      onEnd: () => {
        if (this.#streams.get(key) === stream) this.#streams.delete(key);
      },
      most: { events: this.#options.capacity, size: this.#options.capacityBytes },
    });
    this.#streams.set(key, stream);
    return stream;
  }
}
