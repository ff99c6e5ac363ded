// What a subgraph is told of an entity so that it finds it: built of the data, once per distinct text.
import { CONTRADICTION } from './merge.ts';
import type { EntityGroup, Requirement } from './plan.ts';
import { compileRewrites, isObject, type JsonObject } from './rewrites.ts';
import type { TypeTable } from './types.ts';

export interface Representation {
  readonly value: JsonObject;
  /** The same for equal representations. */
  readonly text: string;
  /** How many keys of the object it was built of, when all of them are plain values: an object with no more keys says no more. */
  readonly plainKeys: number | undefined;
}

export interface Represent {
  /** Undefined when the object is of another type or what is required of it could not be fetched. */
  readonly of: (object: JsonObject) => Representation | undefined;
  /** Where the value is that makes, with the type, the whole representation; undefined where more does. */
  readonly onlyKey: string | undefined;
}

export function compileRepresentation(
  { requirements, input }: Pick<EntityGroup, 'requirements' | 'input'>,
  subgraph: string,
  types: TypeTable,
): Represent {
  const project = compileProjection(requirements, types);
  const rewrite = compileRewrites(input, types);
  const required = requirements.flatMap((requirement) => (requirement.kind === 'type' ? requirement.type : []));
  const keys = types.keys.of(subgraph, required);
  const hasKey = (value: JsonObject) =>
    keys.length === 0 || keys.some((key) => key.every((name) => value[name] !== undefined));
  const general: Represent['of'] = (object) => {
    const value: JsonObject = {};
    if (!project(object, value) || value.__typename === undefined || !hasKey(value)) return undefined;
    let plainKeys: number | undefined = 0;
    for (const key in value) {
      if (typeof value[key] === 'object') {
        plainKeys = undefined;
        break;
      }
      plainKeys += 1;
    }
    rewrite?.(value);
    return { value, text: JSON.stringify(value), plainKeys };
  };
  const fields = rewrite ? undefined : plainFields(requirements);
  const tellsKey = keys.length === 0 || keys.some((key) => key.every((name) => fields?.some(({ to }) => to === name)));
  if (!fields || !tellsKey) return { of: general, onlyKey: undefined };
  const [only, ...more] = fields.filter(({ to }) => to !== '__typename');
  const onlyKey = more.length === 0 ? only?.from : undefined;
  return { of: compilePlain(fields, types.allOf(required), general), onlyKey };
}

type Field = Extract<Requirement, { readonly kind: 'field' }>;

/** The fields of a key that is no more than some values of one type; undefined where more is required. */
function plainFields([only, ...more]: readonly Requirement[]): readonly Field[] | undefined {
  if (only?.kind !== 'type' || more.length > 0) return undefined;
  const fields = only.requirements.flatMap((inner) => (inner.kind === 'field' && !inner.requirements ? [inner] : []));
  const tellsType = fields.some(({ from, to }) => from === '__typename' && to === from);
  const names = new Set(fields.map(({ to }) => to));
  return tellsType && names.size === only.requirements.length ? fields : undefined;
}

/** As `general`, for what most keys are: plain values, told apart by a text that is cheaper than JSON. */
function compilePlain(fields: readonly Field[], types: ReadonlySet<string>, general: Represent['of']): Represent['of'] {
  const prefix = fields.map(({ to }) => to).join();
  return (object) => {
    if (!types.has(object.__typename as string)) return undefined;
    const value: JsonObject = {};
    let text = prefix;
    for (const { from, to } of fields) {
      const plain = object[from];
      // After its length, no string can be taken for the beginning of another.
      if (typeof plain === 'string') text += `,${plain.length}"${plain}`;
      else if (typeof plain === 'number' || typeof plain === 'boolean') text += `,${plain}`;
      else return general(object);
      value[to] = plain;
    }
    return { value, text, plainKeys: fields.length };
  };
}

/** Copies what is required into `result`; false when something is missing. */
type Project = (source: JsonObject, result: JsonObject) => boolean;

function compileProjection(requirements: readonly Requirement[], types: TypeTable): Project {
  const parts = requirements.map((requirement): Project => {
    if (requirement.kind === 'field') return compileField(requirement, types);
    const names = requirement.only ?? types.allOf([requirement.type]);
    const inner = compileProjection(requirement.requirements, types);
    return (source, result) => !names.has(source.__typename as string) || inner(source, result);
  });
  return (source, result) => parts.every((part) => part(source, result));
}

function compileField({ from, to, requirements }: Extract<Requirement, { kind: 'field' }>, types: TypeTable): Project {
  if (!requirements) {
    return (source, result) => {
      const value = source[from];
      // Null is an answer; what is not there could not be fetched, and the entity cannot be asked for without it.
      if (value === undefined || value === CONTRADICTION) return false;
      result[to] = value;
      return true;
    };
  }
  const project = compileProjection(requirements, types);
  const copy = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      const elements = value.map(copy);
      return elements.includes(undefined) ? undefined : elements;
    }
    if (!isObject(value)) return value === CONTRADICTION ? undefined : value;
    const result: JsonObject = {};
    return project(value, result) ? result : undefined;
  };
  return (source, result) => {
    const value = copy(source[from]);
    if (value === undefined) return false;
    const known = result[to];
    result[to] = isObject(known) && isObject(value) ? { ...known, ...value } : value;
    return true;
  };
}
