// What a search looks for and where one of its pages ends. Pure.
import type { FoundProduct } from './product.ts';

/** The words of a text as a query whose every word may begin a word of the product; null when there is none. */
export function searchQuery(text: string): string | null {
  // Only letters and digits reach the query language: everything else parts words.
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.length === 0 ? null : words.map((word) => `${word}:*`).join(' & ');
}

/** What a cursor of the search says: the last product of the page it ends. */
export function searchCursor({ title, id }: FoundProduct): string {
  return JSON.stringify([title, id]);
}

/** Cursors are signed before they come here: what is not ours was refused. */
export function searchPosition(cursor: string | undefined): FoundProduct | undefined {
  if (cursor === undefined) return undefined;
  const [title, id] = JSON.parse(cursor) as [string, string];
  return { title, id };
}
