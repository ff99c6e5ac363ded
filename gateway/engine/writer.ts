// The answer's JSON text, straight from the merged data, by functions compiled once per selection: null where a value is null or
// must not be shown, and up to the next field that may be null where it may not be.
import {
  type FieldNode,
  type GraphQLAbstractType,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type SelectionSetNode,
} from 'graphql';
import { isHiddenType } from './api-schema.ts';
import type { ClientPath } from './client-paths.ts';
import type { Denials } from './denials.ts';
import { compileIntrospection } from './introspection.ts';
import { compileLeaf, HiddenValue, quote, type WriteLeaf } from './leaf.ts';
import { isObject, type JsonObject } from './rewrites.ts';
import type { Run } from './run.ts';
import { collectFields, dependsOnType, type Selection } from './selection.ts';
import { keyIn } from './variant.ts';

/** Where the writer is, beside what the run carries. */
export interface Writing {
  readonly run: Run;
  /** Response keys and indexes; those from `depth` on are left over. */
  readonly path: (string | number)[];
  depth: number;
}

/** The text of a value; UP when it is null where none may be, which the writer has reported. */
type Write = (value: unknown, writing: Writing) => string;

const UP = '';
const NULL = 'null';

/** Writes the root; null when a null came up to it. */
export type WriteData = (data: JsonObject, writing: Writing) => string;

export function compileWriter(selection: Selection, denials?: Denials): WriteData {
  const { definition } = selection.operation;
  const root = selection.api.getRootType(definition.operation);
  if (!root) throw new TypeError(`the schema has no ${definition.operation}`);
  const write = new Compiler(selection, denials).object(root, [definition.selectionSet]);
  return (data, writing) => write(data, writing) || NULL;
}

function here({ path, depth }: Writing): ClientPath {
  return path.slice(0, depth);
}

interface Field {
  /** `,"name":` with the comma or brace before it. */
  readonly before: string;
  readonly responseKey: string;
  readonly dataKey: string;
  readonly write: Write;
}

type Nodes = readonly [FieldNode, ...FieldNode[]];

class Compiler {
  readonly #selection: Selection;
  readonly #denials: Denials | undefined;
  readonly #leaves = new Map<string, WriteLeaf>();

  constructor(selection: Selection, denials: Denials | undefined) {
    this.#selection = selection;
    this.#denials = denials;
  }

  object(type: GraphQLCompositeType, sets: readonly SelectionSetNode[]): Write {
    const fields: Field[] = [];
    for (const [responseKey, all] of collectFields(this.#selection, sets, type)) {
      const nodes = this.#denials ? this.#shown(all) : all;
      const before = `${fields.length === 0 ? '{' : ','}${JSON.stringify(responseKey)}:`;
      const dataKey = keyIn(type, all[0], this.#selection.operation, this.#selection.api);
      const write = nodes ? this.#field(type, nodes) : denied(type, all[0]);
      fields.push({ before, responseKey, dataKey, write });
    }
    return (value, writing) => {
      if (!isObject(value)) return invalid('Expected an object', writing);
      if (fields.length === 0) return '{}';
      const { depth, path } = writing;
      writing.depth = depth + 1;
      let text = '';
      for (const field of fields) {
        path[depth] = field.responseKey;
        const written = field.write(value[field.dataKey], writing);
        if (written === UP) {
          writing.depth = depth;
          return UP;
        }
        text += field.before + written;
      }
      writing.depth = depth;
      return `${text}}`;
    };
  }

  /** Those nodes of a field that may be seen; undefined when none may. */
  #shown(all: Nodes): Nodes | undefined {
    const [first, ...more] = all.filter((node) => !this.#denials?.denies(node));
    return first && [first, ...more];
  }

  #field(parent: GraphQLCompositeType, nodes: Nodes): Write {
    const name = nodes[0].name.value;
    if (name === '__typename') return typename(parent);
    if (name.startsWith('__') && parent === this.#selection.api.getQueryType()) {
      const introspect = compileIntrospection(this.#selection, nodes);
      return (_, { run }) => introspect(run.variables);
    }
    const definition = 'getFields' in parent ? parent.getFields()[name] : undefined;
    if (!definition) throw new TypeError(`${parent.name} has no field ${name}`);
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    return this.#value(definition.type, sets, `${parent.name}.${name}`);
  }

  /** `field` names the place in messages. */
  #value(type: GraphQLOutputType, sets: readonly SelectionSetNode[], field: string): Write {
    if (!isNonNullType(type)) {
      const write = this.#present(type, sets, field, true);
      return (value, writing) => {
        if (value === null || value === undefined) return NULL;
        const before = writing.run.failures.errors.length;
        const text = write(value, writing);
        if (text !== UP) return text;
        // A reference to what is not there, where nothing need be: null is the answer, and no error.
        if (writing.run.absent.has(value)) writing.run.failures.withdraw(before, writing.depth + 1);
        return NULL;
      };
    }
    const write = this.#present(type.ofType, sets, field, false);
    const message = `Cannot return null for non-nullable field ${field}.`;
    return (value, writing) =>
      value === null || value === undefined ? invalid(message, writing) : write(value, writing);
  }

  /** Writes what is not null. */
  #present(type: GraphQLOutputType, sets: readonly SelectionSetNode[], field: string, nullable: boolean): Write {
    if (isListType(type)) {
      const list = writeList(this.#value(type.ofType, sets, field));
      return sets.length === 0 ? list : once(list);
    }
    if (isLeafType(type)) return checked(this.#leaf(type), field, nullable);
    if (isAbstractType(type)) return once(this.#abstract(type, sets, nullable));
    return once(this.object(type as GraphQLObjectType, sets));
  }

  #leaf(type: Parameters<typeof compileLeaf>[0]): WriteLeaf {
    const known = this.#leaves.get(type.name) ?? compileLeaf(type);
    this.#leaves.set(type.name, known);
    return known;
  }

  /** One writer per type that comes; of a type nobody may see, or of none, comes null. */
  #abstract(type: GraphQLAbstractType, sets: readonly SelectionSetNode[], nullable: boolean): Write {
    const { api } = this.#selection;
    const writers = new Map<unknown, Write>();
    const writerOf = (name: unknown): Write => {
      const given = typeof name === 'string' && name !== type.name ? api.getType(name) : undefined;
      // A fetch that should have told the type may have failed, and then nobody knows which fields there are.
      const isUnresolved = name === type.name && dependsOnType(this.#selection, sets, type);
      if ((name === undefined || name === type.name) && !isUnresolved) return this.object(type, sets);
      if (isObjectType(given) && api.isSubType(type, given)) {
        return this.#denials?.types.has(given.name) ? unseen(given.name, this.#denials) : this.object(given, sets);
      }
      // It is no failure where there may be null: there is an object, and it is not for clients.
      if (nullable && isHiddenType(api, name)) return () => NULL;
      const why = isUnresolved ? 'not resolved to a type' : 'resolved to a type clients do not know';
      return (_, writing) => invalid(`Abstract type "${type.name}" was ${why}`, writing);
    };
    return (value, writing) => {
      const name = isObject(value) ? value.__typename : undefined;
      let write = writers.get(name);
      if (write === undefined) {
        write = writerOf(name);
        if (writers.size < MOST_TYPES) writers.set(name, write);
      }
      return write(value, writing);
    };
  }
}

/** Names that come from subgraphs are not trusted to be few. */
const MOST_TYPES = 1_000;

function typename(parent: GraphQLCompositeType): Write {
  if (!isAbstractType(parent)) {
    const text = quote(parent.name);
    return () => text;
  }
  return (_, writing) => invalid(`Abstract type "${parent.name}" was not resolved to a type`, writing);
}

/** Null, as any null: further up where it may not be. The error was told with the selection. */
function denied(parent: GraphQLCompositeType, { name }: FieldNode): Write {
  const definition = 'getFields' in parent ? parent.getFields()[name.value] : undefined;
  const text = definition && !isNonNullType(definition.type) ? NULL : UP;
  return () => text;
}

/** An object that turns out to be of a type the caller may not see. */
function unseen(type: string, denials: Denials): Write {
  return (_, writing) => {
    const error = denials.ofObject(type, here(writing));
    if (error) writing.run.failures.errors.push(error);
    return UP;
  };
}

function checked(leaf: WriteLeaf, field: string, nullable: boolean): Write {
  return (value, writing) => {
    try {
      return leaf(value);
    } catch (error) {
      if (nullable && error instanceof HiddenValue) return NULL;
      return invalid(`${(error as Error).message} (${field})`, writing);
    }
  };
}

function writeList(element: Write): Write {
  return (value, writing) => {
    if (!Array.isArray(value)) return invalid('Expected a list', writing);
    if (value.length === 0) return '[]';
    const { depth, path } = writing;
    writing.depth = depth + 1;
    let text = '';
    for (let index = 0; index < value.length; index += 1) {
      path[depth] = index;
      const written = element(value[index], writing);
      if (written === UP) {
        writing.depth = depth;
        return UP;
      }
      text += (index === 0 ? '[' : ',') + written;
    }
    writing.depth = depth;
    return `${text}]`;
  };
}

/** Writes a value that stands in several places once; not where it has errors, which each place tells for itself. */
function once(write: Write): Write {
  return (value, writing) => {
    const { shared, failures } = writing.run;
    if (shared.size === 0) return write(value, writing);
    const known = shared.get(value as object);
    if (known === undefined) return write(value, writing);
    if (known.by === write) return known.text;
    const before = failures.errors.length;
    const text = write(value, writing);
    if (failures.errors.length === before && text !== UP) {
      known.by = write;
      known.text = flat(text);
    }
    return text;
  };
}

/**
 * The same text in one piece: V8 keeps what was concatenated as a tree and walks it again wherever it stands. Reading it as a number
 * makes it one; of an 88 kB answer that occurs in pieces, sending took 200 µs before and 60 after.
 */
function flat(text: string): string {
  Number(text);
  return text;
}

function invalid(message: string, writing: Writing): string {
  writing.run.failures.violated(message, here(writing));
  return UP;
}
