// A client of server-sent events that shows what comes as it comes: fields of each message, comments and the end.
import { sleep } from '#platform/kernel/clock.ts';
import type { Answer } from './gateway.ts';

const PATIENCE_MS = 10_000;

export interface EventMessage {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: string;
}

export interface EventStream {
  readonly status: number;
  readonly headers: Headers;
  /** What came that is no message: comments and `retry`. */
  readonly asides: readonly string[];
  /** The next message; undefined at the end of the stream. Throws after ten seconds. */
  next(): Promise<EventMessage | undefined>;
  /** Answers of the next `count` messages. */
  answers(count: number): Promise<Answer[]>;
  /** Everything, when no stream was given. */
  text(): Promise<string>;
  leave(): void;
}

export interface EventsRequest {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
}

export async function eventStream(url: string, request: EventsRequest): Promise<EventStream> {
  const { method = 'POST', query, variables = {}, headers = {} } = request;
  const leaving = new AbortController();
  const search = new URLSearchParams({ query, variables: JSON.stringify(variables) });
  const response = await fetch(method === 'GET' ? `${url}?${search}` : url, {
    method,
    headers: {
      accept: 'text/event-stream',
      ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    ...(method === 'POST' ? { body: JSON.stringify({ query, variables }) } : {}),
    signal: leaving.signal,
  });
  const reader = (response.body ?? new Blob().stream()).pipeThrough(new TextDecoderStream()).getReader();
  const asides: string[] = [];
  let rest = '';
  const read = async (): Promise<boolean> => {
    const late = sleep(PATIENCE_MS).then(() => {
      throw new Error(`nothing came within ${PATIENCE_MS} ms`);
    });
    late.catch(() => undefined);
    const { done, value } = await Promise.race([reader.read(), late]);
    rest += value ?? '';
    return !done;
  };
  const next = async (): Promise<EventMessage | undefined> => {
    for (;;) {
      const end = rest.indexOf('\n\n');
      if (end < 0) {
        if (!(await read())) return undefined;
        continue;
      }
      const block = rest.slice(0, end);
      rest = rest.slice(end + 2);
      const field = (name: string) => new RegExp(`^${name}:[ ]?(.*)$`, 'm').exec(block)?.[1];
      const event = field('event');
      if (event !== undefined) return { id: field('id'), event, data: field('data') ?? '' };
      asides.push(block);
    }
  };
  return {
    status: response.status,
    headers: response.headers,
    asides,
    next,
    async answers(count) {
      const answers: Answer[] = [];
      while (answers.length < count) {
        const message = await next();
        if (message?.event !== 'next') throw new Error(`expected an answer, got ${JSON.stringify(message)}`);
        answers.push(JSON.parse(message.data) as Answer);
      }
      return answers;
    },
    async text() {
      while (await read());
      return rest;
    },
    leave: () => leaving.abort(),
  };
}
