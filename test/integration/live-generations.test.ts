// A supergraph replaced in the very moment between a subscription's validation and its beginning: it runs on the one it was validated
// against, over sockets and event streams alike.
import { parse } from 'graphql';
import { afterEach, expect, it } from 'vitest';
import { everybodyAnonymous } from '#platform/auth/tokens.ts';
import { listen } from '#platform/graphql/listen.ts';
import { pushStream } from '#platform/messaging/stream.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import { createEngine } from '../../gateway/engine/create-engine.ts';
import type { EngineRequest, QueryEngine, SubscriptionRequest } from '../../gateway/engine/engine.ts';
import { createHttpServer, drain, PATH } from '../../gateway/http/server.ts';
import { Revocations } from '../../gateway/security/revocations.ts';
import { TrustedDocuments } from '../../gateway/security/trusted-documents.ts';
import type { OperationResult, SubgraphClient } from '../../gateway/subgraph-client.ts';
import { serveLiveData } from '../../gateway/subscriptions/live-data.ts';
import { shareSubscriptions } from '../../gateway/subscriptions/sharing-engine.ts';
import { type Generation, LiveEngine, type Schema, type SchemaSource } from '../../gateway/supergraph/live-engine.ts';
import { eventStream } from '../kit/event-stream.ts';
import { composeSchema } from '../kit/federation/compose.ts';
import { liveSocket } from '../kit/live-socket.ts';

const TICKED = 'subscription { ticked { text } }';

/** One event that says which generation it is of, of a type that has the field or not. */
async function generation(name: string, field: string): Promise<Generation> {
  const { supergraphSdl } = composeSchema(
    'ticks',
    `type Query { ticks: Int } type Subscription { ticked: Tick! } type Tick { ${field}: String! }`,
  );
  const client: SubgraphClient = {
    name: 'ticks',
    execute: () => Promise.resolve({ data: { ticks: 1 } }),
    subscribe({ query }) {
      const stream = pushStream<OperationResult>({ capacity: 10, overflow: () => new Error('full') });
      const [operation] = parse(query).definitions;
      if (operation) stream.push({ data: { ticked: { [field]: name } } });
      return Promise.resolve(stream);
    },
    close: () => Promise.resolve(),
  };
  const engine = await createEngine({ engine: 'tillgraph', supergraphSdl, subgraphs: [client], logger: silentLogger });
  return { engine: shareSubscriptions(engine, supergraphSdl), supergraphSdl, release: () => Promise.resolve() };
}

/** Takes the next supergraph right after somebody has looked at the schema. */
class ReplacedAtALook implements QueryEngine, SchemaSource {
  readonly live: LiveEngine;
  next: Generation | undefined;

  constructor(first: Generation) {
    this.live = new LiveEngine(first);
  }

  get apiSchema() {
    const { next } = this;
    const { apiSchema } = this.live;
    this.next = undefined;
    if (next) queueMicrotask(() => this.live.replace(next));
    return apiSchema;
  }

  execute(request: EngineRequest) {
    return this.live.execute(request);
  }

  subscribe(request: SubscriptionRequest) {
    return this.live.subscribe(request);
  }

  onSchema(listener: (schema: Schema) => void) {
    return this.live.onSchema(listener);
  }

  stop() {
    return this.live.stop();
  }
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function serve(engine: ReplacedAtALook): Promise<string> {
  const tokens = everybodyAnonymous;
  const trusted = new TrustedDocuments();
  const graphiql = () => Promise.resolve('');
  const { app, apollo } = await createHttpServer({ engine, tokens, logger: silentLogger, graphiql });
  const revocations = new Revocations(Date.now);
  const closeLiveData = serveLiveData({ app, engine, apollo, tokens, revocations, logger: silentLogger, trusted });
  closing.push(
    () => apollo.stop(),
    () => drain(app, 1_000),
    closeLiveData,
  );
  return (await listen(app, '127.0.0.1', 0)) + PATH;
}

const firstOverSocket = async (url: string): Promise<unknown> => {
  const socket = liveSocket(url);
  const answer = await socket
    .subscribe(TICKED)
    .next()
    .catch((error: unknown) => ({ errors: [error] }));
  socket.close();
  return answer;
};
const firstAsEvent = async (url: string): Promise<unknown> => {
  const stream = await eventStream(url, { query: TICKED });
  const [answer] = await stream.answers(1);
  stream.leave();
  return answer;
};

it.each([
  ['a socket', firstOverSocket],
  ['an event stream', firstAsEvent],
])('a subscription over %s runs on the supergraph it was validated against', async (_form, first) => {
  const engine = new ReplacedAtALook(await generation('first', 'text'));
  const url = await serve(engine);
  const [alike, without] = [await generation('second', 'text'), await generation('third', 'words')];
  engine.next = alike;
  expect(await first(url)).toEqual({ data: { ticked: { text: 'first' } } });
  expect(engine.live.generations).toBe(2);
  engine.next = without;
  expect(await first(url)).toEqual({ data: { ticked: { text: 'second' } } });
  expect(await first(url)).toMatchObject({ errors: [{ message: expect.stringContaining('"text"') }] });
});
