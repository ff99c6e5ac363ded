// The client of the sandbox ERP: every answer parsed, every call with a time limit, tried again where that may help. A posting sent
// again has the same reference, so a lost answer books nothing twice. Throws Faults only.
import { setTimeout as pause } from 'node:timers/promises';
import type { z } from 'zod';
import { Fault } from '#platform/errors/fault.ts';
import { type ErpPosting, pageShape, postingShape, sitesShape } from './shapes.ts';

export interface ErpClientOptions {
  /** Where the ERP is now; asked before every attempt. */
  readonly url: () => Promise<string>;
  /** Of one attempt. */
  readonly timeoutMs?: number;
  /** Pause after the first failed attempt; doubles with each. */
  readonly backoffMs?: number;
  readonly attempts?: number;
  /** Ends what is under way, so that nobody waits for a dead peer at the end. */
  readonly signal?: AbortSignal;
}

export type ErpPage = z.output<typeof pageShape>;

export interface PostingRequest {
  /** Our own name of what happened; the ERP books it once. */
  readonly reference: string;
  readonly kind: 'SALE' | 'RETURN';
  readonly site_gln: string;
  readonly happened_at: string;
  readonly lines: readonly { readonly art_no: string; readonly qty: string; readonly unit: string }[];
}

export interface ErpClient {
  /** Items changed after the cursor; from the first one without. Undefined: the cursor is of other books, begin anew. */
  items(cursor: string | undefined, limit: number): Promise<ErpPage | undefined>;
  /** Goods documents, as items. */
  goodsDocuments(cursor: string | undefined, limit: number): Promise<ErpPage | undefined>;
  sites(): Promise<readonly unknown[]>;
  post(posting: PostingRequest): Promise<ErpPosting>;
}

const TIMEOUT_MS = 10_000;
const BACKOFF_MS = 100;
const ATTEMPTS = 4;
const LONGEST_PAUSE_MS = 5_000;

export function createErpClient(options: ErpClientOptions): ErpClient {
  const { url, timeoutMs = TIMEOUT_MS, backoffMs = BACKOFF_MS, attempts = ATTEMPTS } = options;
  const signal = options.signal ?? new AbortController().signal;

  async function call(path: string, body?: unknown): Promise<Response> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await once(`${await url()}${path}`, body, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
      } catch (error) {
        if (!(error instanceof Fault) || !error.retryable || attempt >= attempts || signal.aborted) throw error;
        const pauseMs = Math.min(error.retryAfterMs ?? backoffMs * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
        await pause(pauseMs, undefined, { signal });
      }
    }
  }

  async function page(path: string, cursor: string | undefined, limit: number): Promise<ErpPage | undefined> {
    const query = new URLSearchParams({ limit: String(limit), ...(cursor === undefined ? {} : { cursor }) });
    const response = await call(`${path}?${query}`);
    return response.status === GONE ? undefined : read(pageShape, response);
  }

  return {
    items: (cursor, limit) => page('/items', cursor, limit),
    goodsDocuments: (cursor, limit) => page('/goods-documents', cursor, limit),
    sites: async () => read(sitesShape, await call('/sites')).sites,
    post: async (posting) => read(postingShape, await call('/postings', posting)),
  };
}

const GONE = 410;
const TOO_MANY = 429;

interface Response {
  readonly status: number;
  readonly text: string;
}

async function once(url: string, body: unknown, signal: AbortSignal): Promise<Response> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  let response: globalThis.Response;
  let text: string;
  try {
    response = await fetch(url, { ...(body === undefined ? {} : init), signal });
    text = await response.text();
  } catch (cause) {
    throw new Fault('PEER_UNAVAILABLE', `The ERP did not answer ${url}`, { cause });
  }
  const { status } = response;
  if (response.ok || status === GONE) return { status, text };
  const message = `The ERP answered ${url} with ${status}: ${text.slice(0, 200)}`;
  if (status < 500 && status !== TOO_MANY) throw new Fault('PEER_REFUSED', message);
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  throw new Fault('PEER_UNAVAILABLE', message, Number.isFinite(seconds) ? { retryAfterMs: seconds * 1_000 } : {});
}

function read<T>(schema: z.ZodType<T>, { text }: Response): T {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    throw new Fault('PEER_MALFORMED_RESPONSE', 'The ERP answered no JSON', { cause });
  }
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new Fault('PEER_MALFORMED_RESPONSE', `The ERP answered in another form: ${result.error.issues[0]?.message}`);
}
