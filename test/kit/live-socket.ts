// A client of the gateway's live data: one graphql-ws socket with any number of subscriptions on it. Never connects again by itself.
import { once } from 'node:events';
import { createClient, TerminatedCloseEvent } from 'graphql-ws';
import WebSocket from 'ws';
import type { OperationResult } from '#platform/graphql/executor.ts';
import { sleep } from '#platform/kernel/clock.ts';

const PATIENCE_MS = 10_000;

export interface LiveStream {
  /** The next answer; undefined at the end of the stream. Throws what ended it, or after ten seconds. */
  next(): Promise<OperationResult | undefined>;
  /** The next `count` answers' root field; throws on errors and on an early end. */
  take<T = Record<string, unknown>>(count: number): Promise<T[]>;
  /** Leaves: the server is told. */
  leave(): void;
}

export interface LiveSocket {
  subscribe(query: string, variables?: Record<string, unknown>, extensions?: Record<string, unknown>): LiveStream;
  /** How the server closed the socket. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** The socket itself once it is open, to pause it. */
  opened(): Promise<WebSocket>;
  close(): void;
}

/** `url` as the gateway says it (http). Without a token as anonymous. */
export function liveSocket(url: string, token?: string): LiveSocket {
  let socket: WebSocket | undefined;
  let tellClosed: (how: { code: number; reason: string }) => void = () => undefined;
  const closed = new Promise<{ code: number; reason: string }>((resolve) => (tellClosed = resolve));
  const client = createClient({
    url: url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazyCloseTimeout: 60_000,
    connectionParams: token === undefined ? {} : { authorization: `Bearer ${token}` },
    on: {
      opened: (opened) => (socket = opened as WebSocket),
      closed: (event) => tellClosed(event as { code: number; reason: string }),
    },
  });
  return {
    subscribe: (query, variables = {}, extensions = {}) => {
      const answers: OperationResult[] = [];
      const state: { end?: { failure?: unknown }; wake: () => void } = { wake: () => undefined };
      const finish = (end: { failure?: unknown }) => {
        state.end ??= end;
        state.wake();
      };
      const leave = client.subscribe<Record<string, unknown>>(
        { query, variables, extensions },
        {
          next: (answer) => {
            answers.push(answer as OperationResult);
            state.wake();
          },
          error: (failure) => finish({ failure }),
          complete: () => finish({}),
        },
      );
      const next = async (): Promise<OperationResult | undefined> => {
        const deadline = performance.now() + PATIENCE_MS;
        while (answers.length === 0 && !state.end) {
          const left = deadline - performance.now();
          if (left <= 0) throw new Error(`nothing came within ${PATIENCE_MS} ms`);
          await Promise.race([new Promise<void>((resolve) => (state.wake = resolve)), sleep(left)]);
        }
        const answer = answers.shift();
        if (answer === undefined && state.end && 'failure' in state.end) throw failureOf(state.end.failure);
        return answer;
      };
      return {
        next,
        async take<T>(count: number): Promise<T[]> {
          const taken: T[] = [];
          while (taken.length < count) {
            const answer = await next();
            if (!answer?.data || answer.errors) throw new Error(`expected data, got ${JSON.stringify(answer)}`);
            taken.push(Object.values(answer.data)[0] as T);
          }
          return taken;
        },
        leave,
      };
    },
    closed,
    async opened() {
      while (!socket) await sleep(5);
      if (socket.readyState === WebSocket.CONNECTING) await once(socket, 'open');
      return socket;
    },
    close: () => client.terminate(),
  };
}

/** GraphQL errors as they came, a close of the socket by its code. */
function failureOf(failure: unknown): Error {
  if (Array.isArray(failure)) {
    const [first] = failure as { message: string; extensions?: object }[];
    return Object.assign(new Error(first?.message), first?.extensions);
  }
  if (failure instanceof TerminatedCloseEvent || failure instanceof Error) return failure;
  const { code, reason } = failure as { code: number; reason: string };
  return Object.assign(new Error(`the socket was closed: ${reason}`), { code });
}
