// The documents Apollo Server has parsed and validated, as many as the engine keeps of what it made of them. Its own store measures
// them as JSON, and its 30 MB of that are 100 MB of heap.
import type { DocumentNode } from 'graphql';
import { Lru, MOST_TEXT } from '../engine/lru.ts';

const MOST_DOCUMENTS = 2_000;

/** In the form Apollo Server asks for. */
export function documentStore() {
  const documents = new Lru<string, DocumentNode>(MOST_DOCUMENTS, MOST_TEXT);
  return {
    get: (hash: string) => Promise.resolve(documents.get(hash)),
    set: (hash: string, document: DocumentNode) =>
      Promise.resolve(documents.set(hash, document, document.loc?.end ?? 0)),
    delete: (hash: string) => Promise.resolve(documents.delete(hash)),
  };
}
