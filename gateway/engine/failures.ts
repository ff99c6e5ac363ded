// The errors of one answer, each at the place clients know. A null that an error already explains gets no second one.
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { ClientPath } from './targets.ts';

export class Failures {
  readonly errors: GraphQLError[] = [];
  /** Keys of places below which nothing could be fetched, at whatever index of their lists. */
  readonly #unfetched: (readonly string[])[] = [];

  /** What a subgraph said. */
  told({ message, extensions }: GraphQLFormattedError, path: ClientPath | undefined): void {
    this.errors.push(new GraphQLError(message, { ...(path ? { path } : {}), ...(extensions ? { extensions } : {}) }));
  }

  /** A fetch failed: one error at its first place explains all of its places. */
  unfetched(error: Error, path: ClientPath, keys: readonly string[]): void {
    this.errors.push(new GraphQLError(error.message, { path, originalError: error }));
    this.#unfetched.push(keys);
  }

  /** A value no client may be shown, with the message graphql-js has for it. */
  violated(message: string, path: ClientPath): void {
    if (!this.#explains(path)) {
      this.errors.push(new GraphQLError(message, { path, extensions: { code: 'SUBGRAPH_MALFORMED_RESPONSE' } }));
    }
  }

  #explains(path: ClientPath): boolean {
    if (this.errors.length === 0) return false;
    const keys = path.filter((part) => typeof part === 'string');
    return (
      this.#unfetched.some((place) => agree(place, keys)) ||
      this.errors.some((error) => error.path === undefined || agree(error.path, path))
    );
  }
}

/** True when one path leads to or through the other. */
function agree(left: ClientPath, right: ClientPath): boolean {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) if (left[index] !== right[index]) return false;
  return true;
}
