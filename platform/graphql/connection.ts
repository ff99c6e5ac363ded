// Relay connections: at most 100 rows a page, cursors signed so that they cannot be made up or used in another list.
import { InvalidInput } from '../errors/fault.ts';
import { openCursor, signCursor } from '../messaging/cursor.ts';

export interface Page {
  readonly first: number;
  /** What `cursorOf` gave for the last row of the page before. */
  readonly after: string | undefined;
}

export interface Connection<Node> {
  readonly edges: readonly { readonly node: Node; readonly cursor: string }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

const LARGEST_PAGE = 100;

/** Reads `first` and `after`. Throws BAD_USER_INPUT outside 1–100 and INVALID_CURSOR for another list's cursor. */
export function openPage(
  key: Buffer,
  list: string,
  args: { readonly first?: number | null; readonly after?: string | null },
): Page {
  const first = args.first ?? 20;
  if (first < 1 || first > LARGEST_PAGE) {
    throw new InvalidInput([{ path: 'first', message: `must be from 1 to ${LARGEST_PAGE}` }]);
  }
  return { first, after: args.after ? openCursor(key, list, args.after) : undefined };
}

/** A page of rows read with `limit first + 1`: the extra row says that there is more. */
export function toConnection<Node>(
  key: Buffer,
  list: string,
  page: Page,
  rows: readonly Node[],
  cursorOf: (node: Node) => string,
): Connection<Node> {
  const edges = rows.slice(0, page.first).map((node) => ({ node, cursor: signCursor(key, list, cursorOf(node)) }));
  return { edges, pageInfo: { hasNextPage: rows.length > page.first, endCursor: edges.at(-1)?.cursor ?? null } };
}
