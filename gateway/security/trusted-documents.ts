// Documents known before they are sent: a client names one by its id, and some clients may send no other. The manifest is what
// @graphql-codegen's client preset writes ({id: text}) or Apollo's ({format, version, operations: [{id, body}]}).
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Fault } from '#platform/errors/fault.ts';

const plain = z.record(z.string().min(1), z.string().min(1));
const apollo = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  operations: z.array(z.object({ id: z.string().min(1), body: z.string().min(1) })),
});

export class TrustedDocuments {
  readonly #byId: ReadonlyMap<string, string>;
  readonly #texts: ReadonlySet<string>;

  constructor(byId: ReadonlyMap<string, string> = new Map()) {
    this.#byId = byId;
    this.#texts = new Set(byId.values());
  }

  get(id: string): string | undefined {
    return this.#byId.get(id) ?? this.#byId.get(id.replace(/^sha256:/, ''));
  }

  has(text: string): boolean {
    return this.#texts.has(text);
  }
}

/** Of the file's text. Throws CONFIGURATION_INVALID. */
export function readTrustedDocuments(path: string | undefined): TrustedDocuments {
  if (path === undefined) return new TrustedDocuments();
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    const message = `TRUSTED_DOCUMENTS=${path} cannot be read as JSON: ${(cause as Error).message}`;
    throw new Fault('CONFIGURATION_INVALID', message, { cause });
  }
  const ofApollo = apollo.safeParse(given);
  if (ofApollo.success)
    return new TrustedDocuments(new Map(ofApollo.data.operations.map(({ id, body }) => [id, body])));
  const ofCodegen = plain.safeParse(given);
  if (ofCodegen.success) return new TrustedDocuments(new Map(Object.entries(ofCodegen.data)));
  const message = `TRUSTED_DOCUMENTS=${path} must be {"<id>": "<document>"} or an apollo-persisted-query-manifest`;
  throw new Fault('CONFIGURATION_INVALID', message);
}

/** A payload that names a document, with it; the same payload where it does not, or names none there is. */
export function withDocument<P extends { readonly query: string }>(trusted: TrustedDocuments, payload: P): P {
  if (payload.query !== '') return payload;
  const query = trusted.get(documentIdOf(payload) ?? '');
  return query === undefined ? payload : { ...payload, query };
}

/** The id a request names instead of a document, in the forms that clients have for it. */
export function documentIdOf(request: Readonly<Record<string, unknown>>): string | undefined {
  const { documentId, extensions } = request;
  if (typeof documentId === 'string' && documentId !== '') return documentId;
  const persisted = (extensions as { readonly persistedQuery?: { readonly sha256Hash?: unknown } } | null)
    ?.persistedQuery;
  return typeof persisted?.sha256Hash === 'string' ? persisted.sha256Hash : undefined;
}
