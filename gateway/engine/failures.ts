// The errors of one answer, each at the place clients know. A null that an error already explains gets no second one.
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { ClientPath } from './client-paths.ts';
import type { DataPath } from './targets.ts';

export class Failures {
  readonly errors: GraphQLError[] = [];
  readonly #clientPaths: (path: DataPath) => ClientPath[];
  /** Keys of places below which nothing could be fetched, at whatever index of their lists. */
  readonly #unfetched = new Map<string, readonly string[]>();

  constructor(toClient: (path: DataPath) => ClientPath[]) {
    this.#clientPaths = toClient;
  }

  /** What a subgraph said, at the nearest place clients see. */
  told({ message, extensions }: GraphQLFormattedError, path: DataPath | undefined): void {
    const further = extensions ? { extensions } : {};
    const places = path === undefined ? [] : this.#nearest(path);
    if (places.length === 0) this.errors.push(new GraphQLError(message, further));
    for (const place of places) this.errors.push(new GraphQLError(message, { path: place, ...further }));
  }

  /** A fetch failed: one error at the first of its places explains them all. */
  unfetched(error: Error, paths: readonly DataPath[]): void {
    const places = paths.flatMap((path) => this.#nearest(path));
    const [first] = places;
    this.errors.push(new GraphQLError(error.message, { ...(first ? { path: first } : {}), originalError: error }));
    for (const place of places) {
      const keys = keysOf(place);
      this.#unfetched.set(keys.join('.'), keys);
    }
  }

  /** A value no client may be shown, with the message graphql-js has for it. */
  violated(message: string, path: ClientPath): void {
    if (this.#explains(path)) return;
    this.errors.push(new GraphQLError(message, { path, extensions: { code: 'SUBGRAPH_MALFORMED_RESPONSE' } }));
  }

  /** Takes back the one violation told since `before`, of a field at that depth. */
  withdraw(before: number, depth: number): void {
    const [only, ...more] = this.errors.slice(before);
    if (only?.path?.length === depth && more.length === 0) this.errors.length = before;
  }

  #nearest(path: DataPath): ClientPath[] {
    for (let length = path.length; length > 0; length -= 1) {
      const places = this.#clientPaths(path.slice(0, length));
      if (places.length > 0) return places;
    }
    return [];
  }

  #explains(path: ClientPath): boolean {
    if (this.errors.length === 0) return false;
    const keys = keysOf(path);
    return (
      [...this.#unfetched.values()].some((place) => agree(place, keys)) ||
      this.errors.some((error) => error.path === undefined || agree(error.path, path))
    );
  }
}

function keysOf(path: ClientPath): readonly string[] {
  return path.filter((part) => typeof part === 'string');
}

/** True when one path leads to or through the other. */
function agree(left: ClientPath, right: ClientPath): boolean {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) if (left[index] !== right[index]) return false;
  return true;
}
