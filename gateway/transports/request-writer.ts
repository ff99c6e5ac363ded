// What is sent to a subgraph: the body as text, and the head over it. Operations come again and again: their text is made JSON once.
import { PRINCIPAL_HEADER } from '#platform/auth/principal.ts';
import { SIGNATURE_HEADER, signRequest } from '#platform/auth/signature.ts';
import type { Clock } from '#platform/kernel/clock.ts';
import type { SubgraphRequest } from '../subgraph-client.ts';

export interface Written {
  readonly body: string;
  /** False for what may change something: it is sent once, whatever happens. */
  readonly mayRepeat: boolean;
}

interface Known {
  /** The body up to the variables. */
  readonly start: string;
  readonly mayRepeat: boolean;
}

const MOST_KNOWN = 4_000;
const ACCEPTED = 'application/graphql-response+json, application/json';
/** There is no mutation without the word; where a query has it as a name, it is only not repeated. */
const MUTATION = /\bmutation\b/;

export class RequestWriter {
  readonly path: string;
  readonly #signedPath: string;
  readonly #key: Buffer | undefined;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();
  #principal = '';
  #encodedPrincipal = '';

  constructor(url: URL, key: Buffer | undefined, clock: Clock) {
    this.path = url.pathname + url.search;
    this.#signedPath = url.pathname;
    this.#key = key;
    this.#clock = clock;
  }

  write({ query, variables, operationName }: SubgraphRequest): Written {
    const { start, mayRepeat } = this.#known.get(query) ?? this.#learn(query);
    const name = operationName === undefined ? '' : `,"operationName":${JSON.stringify(operationName)}`;
    const body =
      variables === undefined ? `${start}${name}}` : `${start},"variables":${JSON.stringify(variables)}${name}}`;
    return { body, mayRepeat };
  }

  /** Names and values in turn, as undici takes them without looking. */
  headers({ principal = '', traceparent, forwarded }: SubgraphRequest, body: string): string[] {
    const headers = ['content-type', 'application/json', 'accept', ACCEPTED];
    if (traceparent) headers.push('traceparent', traceparent);
    if (forwarded) headers.push(...forwarded);
    if (this.#key) {
      const signed = { method: 'POST', path: this.#signedPath, principal, body };
      const signature = signRequest(this.#key, this.#clock.now().getTime(), signed);
      headers.push(PRINCIPAL_HEADER, this.#encoded(principal), SIGNATURE_HEADER, signature);
    }
    return headers;
  }

  #learn(query: string): Known {
    const known = { start: `{"query":${JSON.stringify(query)}`, mayRepeat: !MUTATION.test(query) };
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(query, known);
    return known;
  }

  /** Header values are latin-1: a name in another script would not survive. The fetches of one request follow each other. */
  #encoded(principal: string): string {
    if (principal === this.#principal) return this.#encodedPrincipal;
    this.#principal = principal;
    this.#encodedPrincipal = encodeURIComponent(principal);
    return this.#encodedPrincipal;
  }
}
