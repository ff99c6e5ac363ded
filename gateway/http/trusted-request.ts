// A request that names a trusted document instead of sending one becomes the request it stands for, before anything reads it.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { documentIdOf, type TrustedDocuments } from '../security/trusted-documents.ts';

export function putInDocument(trusted: TrustedDocuments) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const given = (request.method === 'GET' ? request.query : request.body) as Record<string, unknown> | null;
    if (typeof given !== 'object' || given === null || Array.isArray(given)) return undefined;
    // The document itself was sent: it counts, whatever it is called.
    if (typeof given.query === 'string' && given.query !== '') return undefined;
    const extensions = parsed(given.extensions);
    const id = documentIdOf({ ...given, extensions });
    if (id === undefined) return undefined;
    const query = trusted.get(id);
    if (query !== undefined) {
      given.query = query;
      delete given.extensions;
      if (request.method === 'GET') readAgain(request, given);
      return undefined;
    }
    // A hash of automatic persisted queries: those are off, and such a client knows what to do then.
    if (typeof given.documentId !== 'string') return undefined;
    const message = `There is no trusted document ${id.slice(0, 100)}`;
    return reply.code(400).send({ errors: [{ message, extensions: { code: 'DOCUMENT_NOT_TRUSTED' } }] });
  };
}

/** Apollo Server reads the URL itself. */
function readAgain({ raw }: FastifyRequest, parameters: Record<string, unknown>): void {
  const texts = Object.entries(parameters).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  raw.url = `${raw.url?.split('?', 1)[0]}?${new URLSearchParams(texts)}`;
}

/** In a URL they are JSON. */
function parsed(extensions: unknown): unknown {
  if (typeof extensions !== 'string') return extensions;
  try {
    return JSON.parse(extensions);
  } catch {
    return undefined;
  }
}
