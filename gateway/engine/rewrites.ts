// Values a plan sets or renames on the way to a subgraph or back: `__typename` of an interface object, an alias of the planner.
import type { Rewrite, RewritePath } from './plan.ts';
import type { TypeTable } from './types.ts';

export type JsonObject = Record<string, unknown>;
export type Apply = (value: unknown) => void;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Changes the value in place; undefined when there is nothing to rewrite. */
export function compileRewrites(rewrites: readonly Rewrite[], types: TypeTable): Apply | undefined {
  if (rewrites.length === 0) return undefined;
  const compiled = rewrites.map((rewrite) => along(rewrite.path, lastStep(rewrite), types));
  return (value) => {
    for (const apply of compiled) apply(value);
  };
}

function lastStep(rewrite: Rewrite): (object: JsonObject) => void {
  const { key } = rewrite;
  if (rewrite.kind === 'set') {
    return (object) => {
      object[key] = rewrite.value;
    };
  }
  return (object) => {
    if (!Object.hasOwn(object, key)) return;
    object[rewrite.to] = object[key];
    delete object[key];
  };
}

function along(path: RewritePath, last: (object: JsonObject) => void, types: TypeTable): Apply {
  const [first, ...rest] = path;
  const onObject = first === undefined ? last : into(first, along(rest, last, types), types);
  return function apply(value) {
    if (Array.isArray(value)) for (const element of value) apply(element);
    else if (isObject(value)) onObject(value);
  };
}

function into(segment: RewritePath[number], next: Apply, types: TypeTable): (object: JsonObject) => void {
  if (segment.kind === 'key') return (object) => next(object[segment.key]);
  const names = types.allOf(segment.types);
  return (object) => {
    const name = object.__typename;
    if (name === undefined || names.has(name as string)) next(object);
  };
}
