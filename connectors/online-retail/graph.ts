// The graph as a client elsewhere sees it: operations over HTTP under one token. Sends again what failed for a reason that passes,
// with the same idempotency key; refuses to go on where the graph is not there or does not take the token.
import { z } from 'zod';
import { sleep } from '#platform/kernel/clock.ts';

export interface Graph {
  /** The answer's data. Throws when there are errors, or none comes after several attempts. */
  execute<T>(operation: string, variables: Record<string, unknown>): Promise<T>;
}

export interface HttpGraphOptions {
  readonly url: string;
  readonly token: string;
  /** Pauses before the next attempts; one more attempt than pauses. */
  readonly pausesMs?: readonly number[];
}

const PAUSES_MS = [100, 300, 1_000, 3_000];
const TIMEOUT_MS = 30_000;

const answer = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z
    .array(
      z.object({
        message: z.string(),
        extensions: z.object({ code: z.string().optional(), retryAfterMs: z.number().optional() }).optional(),
      }),
    )
    .optional(),
});
type Answer = z.output<typeof answer>;

/** The same request may succeed later. */
class Passing extends Error {}

export function createHttpGraph(options: HttpGraphOptions): Graph {
  let answered = false;
  return {
    async execute<T>(operation: string, variables: Record<string, unknown>): Promise<T> {
      const body = JSON.stringify({ query: operation, variables });
      for (const pause of [...(options.pausesMs ?? PAUSES_MS), undefined]) {
        try {
          const data = await attempt(options, body);
          answered = true;
          return data as T;
        } catch (error) {
          // What never answered is not there: who typed the wrong address need not wait to hear it.
          if (!answered || !(error instanceof Passing)) throw error;
          if (pause === undefined)
            throw new Error(`${error.message}. Then run this again: it goes on`, { cause: error });
          await sleep(pause);
        }
      }
      throw new Error('there is always a last attempt');
    },
  };
}

async function attempt({ url, token }: HttpGraphOptions, body: string): Promise<unknown> {
  const { data, errors } = await send(url, token, body);
  const [error] = errors ?? [];
  if (!error) return data;
  const code = error.extensions?.code ?? 'INTERNAL_SERVER_ERROR';
  if (error.extensions?.retryAfterMs !== undefined) throw new Passing(`The graph at ${url} says ${error.message}`);
  if (code !== 'UNAUTHENTICATED' && code !== 'FORBIDDEN') throw new Error(`The graph at ${url}: ${error.message}`);
  const help = 'use the DATA_DIR or TILLGRAPH_SECRET of that graph, or pass --token and --feed-token';
  throw new Error(`The graph at ${url} does not take the token (${error.message}): ${help}`);
}

async function send(url: string, token: string, body: string): Promise<Answer> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(url, { method: 'POST', headers, body, signal }).catch((cause: unknown) => {
    throw new Passing(`No graph answers at ${url}. Start one with: npm start`, { cause });
  });
  const text = await response.text().catch((cause: unknown) => {
    throw new Passing(`The graph at ${url} stopped in the middle of an answer`, { cause });
  });
  const read = answer.safeParse(parsed(text));
  if (read.success) return read.data;
  const told = `What answers at ${url} is no graph (HTTP ${response.status}). Start one with: npm start`;
  throw response.status >= 500 ? new Passing(told) : new Error(told);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
