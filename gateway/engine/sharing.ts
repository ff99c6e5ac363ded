// Which places of a plan may hold the very same object. Two occurrences of an entity are one object as long as every later step
// treats them alike; where a step goes on to only some of them (by type), each has its own.
import type { EntityGroup, PlanNode, PlanPath } from './plan.ts';

interface Place {
  readonly group: EntityGroup;
  readonly keys: readonly string[];
  readonly path: PlanPath;
}

export class Sharing {
  readonly #places: readonly Place[];

  constructor(node: PlanNode | undefined) {
    this.#places = node ? placesOf(node) : [];
  }

  /** True when no step tells the objects of this path apart. */
  isShareable(path: PlanPath): boolean {
    return this.#below(path).every((other) => textOf(other.path.slice(0, path.length)) === textOf(path));
  }

  /** True when another step adds to what this group brings to one of its paths. */
  isExtended(group: EntityGroup): boolean {
    return group.paths.some((path) =>
      this.#below(path).some((other) => other.group !== group || other.keys.length > keysOf(path).length),
    );
  }

  #below(path: PlanPath): readonly Place[] {
    const keys = keysOf(path);
    return this.#places.filter((other) => keys.every((key, index) => other.keys[index] === key));
  }
}

function placesOf(node: PlanNode): readonly Place[] {
  if (node.kind === 'root') return [];
  if (node.kind !== 'entities') return node.nodes.flatMap(placesOf);
  return node.groups.flatMap((group) => group.paths.map((path) => ({ group, keys: keysOf(path), path })));
}

function keysOf(path: PlanPath): readonly string[] {
  return path.flatMap((segment) => (segment.kind === 'key' ? [segment.key] : []));
}

function textOf(path: PlanPath): string {
  return JSON.stringify(path);
}
