// What a search looks for and where one of its pages ends. Pure.
import type { FoundProduct, Product } from './product.ts';

/** PostgreSQL indexes at most a megabyte of a row's words. */
const LONGEST_TEXT = 100_000;
const MOST_WORDS = 20;

/**
 * Words as both sides of a search see them: letters and digits, everything else parts them. PostgreSQL's own parser would read
 * SHO-37 as a shoe and a negative number, and a/b as a file.
 */
function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** What a search finds a product by. */
export function searchText(product: Product): string {
  const ofVariants = product.variants.flatMap((variant) => [variant.sku, variant.title, ...variant.gtins]);
  const texts = [product.title, product.brand ?? '', ...product.categories, product.handle, ...ofVariants];
  return wordsOf(texts.join(' ')).join(' ').slice(0, LONGEST_TEXT);
}

/** The words of a text as a query, each of which must begin a word of the product; null when there is none. */
export function searchQuery(text: string): string | null {
  const words = wordsOf(text).slice(0, MOST_WORDS);
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
