// Text as PostgreSQL can keep it.

/** False for text with the character U+0000, which PostgreSQL stores nowhere. */
export function isStorable(text: string): boolean {
  return !text.includes('\u0000');
}
