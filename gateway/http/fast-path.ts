// Operations answered before skip Apollo Server's pipeline when they come again: authenticated, run by the engine, and written if the
// answer has no errors. Whatever else comes goes through Apollo Server, which then may find the engine's answer in hand: nothing runs twice.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ExecutionResult, FormattedExecutionResult } from 'graphql';
import { type EngineRequest, JsonText, type QueryEngine } from '../engine/engine.ts';
import { Lru, MOST_TEXT } from '../engine/lru.ts';
import type { GatewayContext } from '../subgraph-client.ts';
import { textOf } from './result-text.ts';
import { sendText } from './send-text.ts';

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
type ContextOf = (request: FastifyRequest, reply: FastifyReply) => Promise<GatewayContext>;

/** A request that Apollo Server has parsed and validated, without what is each client's own. */
interface Known {
  /** Valid for its schema only. */
  readonly request: Omit<EngineRequest, 'request' | 'context'>;
}

interface Body {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
}

/** On the context of a request whose answer is there already; Apollo Server copies it with the rest. */
const IN_HAND = Symbol('answer in hand');
type WithAnswer = GatewayContext & { readonly [IN_HAND]?: () => ExecutionResult };

const MOST_KNOWN = 2_000;
/** Of accept headers; browsers and clients have a handful. */
const MOST_ACCEPTS = 100;
const LONGEST_ACCEPT = 300;

export class FastPath {
  readonly #engine: QueryEngine;
  readonly #isOn: boolean;
  readonly #known = new Lru<string, Known>(MOST_KNOWN, MOST_TEXT);
  /** What Apollo Server answered an accept header with. */
  readonly #contentTypes = new Lru<string, string>(MOST_ACCEPTS);

  /** `isOn`: false where plugins want to see every request. */
  constructor(engine: QueryEngine, isOn: boolean) {
    this.#engine = engine;
    this.#isOn = isOn;
  }

  /** The engine as Apollo Server's gateway calls it. */
  async execute(request: EngineRequest): Promise<ExecutionResult> {
    const inHand = (request.context as WithAnswer)[IN_HAND];
    if (inHand) return inHand();
    if (this.#isOn && request.operation && request.operation.operation !== 'subscription') this.#learn(request);
    return this.#engine.execute(request);
  }

  /** The handler of POST; `pipeline` makes Apollo Server's handler over a way to make its context. */
  handler(contextOf: ContextOf, pipeline: (contextOf: ContextOf) => Handler): Handler {
    const contexts = new WeakMap<FastifyRequest, GatewayContext>();
    const through = pipeline(async (request, reply) => contexts.get(request) ?? contextOf(request, reply));
    return async (request, reply) => {
      const accept = request.headers.accept ?? '';
      const contentType = this.#contentTypes.get(accept);
      const known = contentType === undefined ? undefined : this.#lookUp(request);
      // A token that is refused is refused by the pipeline, in its own form.
      const context = known && (await contextOf(request, reply).catch(() => undefined));
      if (known && context && contentType !== undefined) {
        const run = await this.#run(known, request.body as Body, context);
        if ('text' in run) return sendText(reply, contentType, run.text);
        contexts.set(request, { ...context, [IN_HAND]: run.inHand } as WithAnswer);
      }
      const answered = await through(request, reply);
      if (reply.statusCode === 200) this.#learnContentType(accept, reply.getHeader('content-type'));
      return answered;
    };
  }

  async #run(
    { request }: Known,
    { operationName, variables }: Body,
    context: GatewayContext,
  ): Promise<{ readonly text: string } | { readonly inHand: () => ExecutionResult }> {
    try {
      const asked = { operationName: operationName ?? undefined, variables: variables ?? undefined };
      const result = await this.#engine.execute({ ...request, request: asked as EngineRequest['request'], context });
      if (isClean(result)) return { text: textOf(result as FormattedExecutionResult) };
      return { inHand: () => result };
    } catch (error) {
      return {
        inHand() {
          throw error;
        },
      };
    }
  }

  #lookUp({ headers, body }: FastifyRequest): Known | undefined {
    if (!this.#isOn || !isJson(headers['content-type']) || !isPlain(body)) return undefined;
    const known = this.#known.get(keyOf(body.query, body.operationName));
    // The source too: a name is the client's to choose, and may hold what parts it from the text.
    return known?.request.schema === this.#engine.apiSchema && known.request.source === body.query ? known : undefined;
  }

  #learn({ request, source, document, operation, operationName, schema }: EngineRequest): void {
    const known = { request: { source, document, operation, operationName, schema: schema ?? this.#engine.apiSchema } };
    this.#known.set(keyOf(source, request.operationName), known, source.length);
  }

  #learnContentType(accept: string, contentType: unknown): void {
    if (typeof contentType === 'string' && accept.length <= LONGEST_ACCEPT) this.#contentTypes.set(accept, contentType);
  }
}

function keyOf(query: string, operationName: string | null | undefined): string {
  return operationName ? `${operationName}\n${query}` : query;
}

/** A type that browsers ask about before they send it across origins: the rule against forged requests holds. */
function isJson(contentType: string | undefined): boolean {
  return contentType === 'application/json' || contentType === 'application/json; charset=utf-8';
}

/** What the pipeline finds nothing to say about. */
function isPlain(body: unknown): body is Body {
  if (typeof body !== 'object' || body === null) return false;
  const { query, operationName, variables, extensions } = body as Record<string, unknown>;
  return (
    typeof query === 'string' &&
    (operationName === undefined ||
      operationName === null ||
      (typeof operationName === 'string' && operationName !== '')) &&
    isRecordOrNothing(variables) &&
    isRecordOrNothing(extensions) &&
    !(extensions && 'persistedQuery' in extensions)
  );
}

function isRecordOrNothing(value: unknown): value is Record<string, unknown> | null | undefined {
  return value === undefined || value === null || (typeof value === 'object' && !Array.isArray(value));
}

/** Without errors, and text already. */
function isClean({ data, errors, extensions }: ExecutionResult): boolean {
  return errors === undefined && extensions === undefined && (data as unknown) instanceof JsonText;
}
