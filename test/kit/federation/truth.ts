// What is true in an invented world: every field of every object has one value, drawn from a hash of who the object is and what is
// asked. Subgraphs and the one big schema beside them answer from it, so that any join of theirs has a right answer.
import { createHash } from 'node:crypto';
import {
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isEnumType,
  isListType,
  isNonNullType,
  isScalarType,
  Kind,
  parse,
  type SelectionSetNode,
  valueFromASTUntyped,
} from 'graphql';

/** An object: the name of its true type, and who it is. */
export interface Thing {
  readonly __typename: string;
  readonly identity: string;
  /** What the gateway said of it, where it came as a representation. */
  readonly told?: Record<string, unknown>;
}

export interface TruthOptions {
  /** The API of the composed graph; its types are the true ones. */
  readonly schema: GraphQLSchema;
  /** Fields a key is made of, by type. */
  readonly keyFields: ReadonlyMap<string, ReadonlySet<string>>;
  /** Fields within keys. */
  readonly firm: ReadonlySet<string>;
  /** `Type.field` → the values of its enum that its subgraphs know, where the whole graph knows more. */
  readonly enumValues: ReadonlyMap<string, readonly string[]>;
  /** `Type.field` → what a subgraph must be told to compute it. */
  readonly requirements: ReadonlyMap<string, string>;
  /** Entities there are of each type. */
  readonly population: number;
  /** Of a hundred nullable fields, this many are null. */
  readonly nulls: number;
  /** Of a hundred fields, this many fail. */
  readonly failures: number;
  readonly seed: number;
}

export class Truth {
  readonly schema: GraphQLSchema;
  readonly #options: TruthOptions;
  readonly #required: ReadonlySet<string>;

  constructor(options: TruthOptions) {
    this.schema = options.schema;
    this.#options = options;
    const names = [...options.requirements.values()].flatMap((selection) => selection.match(/\w+/g) ?? []);
    this.#required = new Set([...names, ...options.firm]);
  }

  /** The value of a field; throws where the world says that it fails. */
  valueOf(thing: Thing, field: string, args: Record<string, unknown>): unknown {
    // Not the name on the object: a subgraph that knows only the interface writes that one there.
    const type = this.schema.getType(typeOf(thing)) as GraphQLObjectType;
    const definition = type.getFields()[field];
    if (!definition) throw new Error(`${type.name} has no field ${field}`);
    const keys = this.#options.keyFields.get(type.name);
    if (keys?.has(field)) return `${field}~${thing.identity}`;
    const required = this.#options.requirements.get(`${type.name}.${field}`);
    const told = required === undefined ? '' : JSON.stringify(this.#toldOf(thing, required));
    const question = `${thing.identity}|${field}|${argumentsText(args)}|${told}`;
    const firm = this.#required.has(field);
    if (!firm && this.#draw(`${question}|fails`, 100) < this.#options.failures) throw new Error(`${field} failed`);
    const values = this.#options.enumValues.get(`${type.name}.${field}`);
    return this.#make(definition.type, question, firm, values);
  }

  /** Who a key belongs to. */
  thingOf(key: Record<string, unknown>): Thing {
    const text = Object.entries(key).find(
      ([name, value]) => name !== '__typename' && typeof value === 'string' && value.startsWith(`${name}~`),
    );
    const identity = String(text?.[1]).slice(String(text?.[0]).length + 1);
    return { __typename: identity.split('#')[0] ?? '', identity, told: key };
  }

  /** What a representation holds of the requirement, or what it should hold. */
  #toldOf(thing: Thing, requirement: string): unknown {
    const document = parse(`{ ${requirement} }`);
    const [operation] = document.definitions;
    if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no requirement');
    const { selectionSet } = operation;
    return thing.told === undefined ? this.#project(thing, selectionSet) : pickTold(thing.told, selectionSet);
  }

  #project(value: unknown, set: SelectionSetNode): unknown {
    if (Array.isArray(value)) return value.map((element) => this.#project(element, set));
    if (value === null) return null;
    const thing = value as Thing;
    const picked: Record<string, unknown> = {};
    for (const selection of set.selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        if (selection.typeCondition?.name.value === typeOf(thing)) {
          Object.assign(picked, this.#project(thing, selection.selectionSet));
        }
      } else if (selection.kind === Kind.FIELD && selection.name.value !== '__typename') {
        const args = Object.fromEntries(
          (selection.arguments ?? []).map((argument) => [argument.name.value, valueFromASTUntyped(argument.value)]),
        );
        const inner = this.valueOf(thing, selection.name.value, args);
        picked[selection.name.value] = selection.selectionSet ? this.#project(inner, selection.selectionSet) : inner;
      }
    }
    return picked;
  }

  #make(type: GraphQLOutputType, question: string, firm: boolean, values?: readonly string[]): unknown {
    if (isNonNullType(type)) return this.#present(type.ofType, question, firm, values);
    if (!firm && this.#draw(`${question}|null`, 100) < this.#options.nulls) return null;
    return this.#present(type, question, firm, values);
  }

  #present(type: GraphQLOutputType, question: string, firm: boolean, values?: readonly string[]): unknown {
    if (isNonNullType(type)) return this.#present(type.ofType, question, firm, values);
    if (isListType(type)) {
      const length = this.#draw(`${question}|length`, 4);
      return Array.from({ length }, (_, index) => this.#make(type.ofType, `${question}[${index}]`, firm, values));
    }
    if (isEnumType(type)) return this.#pick(values ?? type.getValues().map(({ name }) => name), question);
    if (isScalarType(type)) return this.#scalar(type.name, question);
    const object = isAbstractType(type)
      ? this.#pick(this.schema.getPossibleTypes(type), `${question}|type`)
      : (type as GraphQLObjectType);
    const isEntity = this.#options.keyFields.has(object.name);
    const identity = isEntity
      ? `${object.name}#${this.#draw(question, this.#options.population)}`
      : `${object.name}#${question}`;
    return { __typename: object.name, identity } satisfies Thing;
  }

  #scalar(name: string, question: string): unknown {
    const number = this.#draw(question, 1_000);
    switch (name) {
      case 'Int':
        return number;
      case 'Float':
        return number / 8;
      case 'Boolean':
        return number % 2 === 0;
      case 'String':
      case 'ID':
        return `${name === 'ID' ? 'n' : 'text "é" '}${number}`;
      default:
        return { number, list: [name, null, 1.5] };
    }
  }

  #pick<T>(values: readonly T[], question: string): T {
    const picked = values[this.#draw(question, values.length)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  }

  #draw(question: string, below: number): number {
    return createHash('md5').update(`${this.#options.seed}|${question}`).digest().readUInt32LE() % below;
  }
}

/** Whatever order a schema has them in. */
function argumentsText(args: Record<string, unknown>): string {
  const names = Object.keys(args).toSorted((a, b) => a.localeCompare(b));
  return JSON.stringify(names.map((name) => [name, args[name]]));
}

function typeOf({ identity }: Thing): string {
  return identity.split('#')[0] ?? '';
}

function pickTold(value: unknown, set: SelectionSetNode): unknown {
  if (Array.isArray(value)) return value.map((element) => pickTold(element, set));
  if (value === null || value === undefined) return value ?? null;
  const source = value as Record<string, unknown>;
  const picked: Record<string, unknown> = {};
  for (const selection of set.selections) {
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      if (selection.typeCondition?.name.value === source.__typename) {
        Object.assign(picked, pickTold(source, selection.selectionSet));
      }
    } else if (selection.kind === Kind.FIELD && selection.name.value !== '__typename') {
      const inner = source[selection.name.value];
      picked[selection.name.value] = selection.selectionSet ? pickTold(inner, selection.selectionSet) : (inner ?? null);
    }
  }
  return picked;
}
