// The objects a plan's path leads to, and where they stand. An object that stands in several places is found once.
import type { PlanPath } from './plan.ts';
import { isObject, type JsonObject } from './rewrites.ts';
import type { TypeTable } from './types.ts';

/** Keys of the data and indexes. */
export type DataPath = readonly (string | number)[];

export interface Target {
  readonly object: JsonObject;
  /** What holds the object under `slot`. */
  readonly holder: JsonObject | unknown[];
  readonly slot: string | number;
}

type Step =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'types'; readonly names: ReadonlySet<string> }
  | { readonly kind: 'elements' };

export class TargetPath {
  readonly #steps: readonly Step[];

  constructor(path: PlanPath, types: TypeTable) {
    this.#steps = path.map((segment): Step => {
      return segment.kind === 'types' ? { kind: 'types', names: types.allOf(segment.types) } : segment;
    });
  }

  /** All objects of the path. Of the values in `shared`, which stand in several places, each is followed once. */
  collect(data: JsonObject, shared: ReadonlyMap<object, unknown>): Target[] {
    const targets: Target[] = [];
    const seen = shared.size === 0 ? undefined : new Set<object>();
    const steps = this.#steps;
    const follow = (value: unknown, at: number, holder: JsonObject | unknown[], slot: string | number): void => {
      if (typeof value !== 'object' || value === null) return;
      if (Array.isArray(value)) {
        if (seen !== undefined && shared.has(value) && addTo(seen, value)) return;
        const next = steps[at]?.kind === 'elements' ? at + 1 : at;
        for (let index = 0; index < value.length; index += 1) follow(value[index], next, value, index);
        return;
      }
      const step = steps[at];
      const object = value as JsonObject;
      if (step === undefined) {
        if (seen === undefined || !shared.has(object) || !addTo(seen, object)) targets.push({ object, holder, slot });
      } else if (step.kind === 'key') {
        if (seen === undefined || !shared.has(object) || !addTo(seen, object)) {
          follow(object[step.key], at + 1, object, step.key);
        }
      } else if (step.kind === 'types' && isOfTypes(object, step.names)) follow(object, at + 1, holder, slot);
    };
    follow(data, 0, data, '');
    return targets;
  }

  /** Every place of the path, with its object; at most `most`. */
  locate(data: JsonObject, most: number): { readonly object: JsonObject; readonly path: DataPath }[] {
    const places: { object: JsonObject; path: DataPath }[] = [];
    const follow = (value: unknown, at: number, path: DataPath): void => {
      if (places.length >= most) return;
      if (Array.isArray(value)) {
        const next = this.#steps[at]?.kind === 'elements' ? at + 1 : at;
        for (const [index, element] of value.entries()) follow(element, next, [...path, index]);
        return;
      }
      if (!isObject(value)) return;
      const step = this.#steps[at];
      if (step === undefined) places.push({ object: value, path });
      else if (step.kind === 'key') follow(value[step.key], at + 1, [...path, step.key]);
      else if (step.kind === 'types' && isOfTypes(value, step.names)) follow(value, at + 1, path);
    };
    follow(data, 0, []);
    return places;
  }
}

/** Adds and answers whether it was there already. */
function addTo(seen: Set<object>, value: object): boolean {
  if (seen.has(value)) return true;
  seen.add(value);
  return false;
}

function isOfTypes({ __typename }: JsonObject, names: ReadonlySet<string>): boolean {
  return __typename === undefined || names.has(__typename as string);
}
