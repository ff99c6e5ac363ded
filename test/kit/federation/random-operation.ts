// Random valid operations of a schema: nested selections, fragments on types that may apply, aliases (also ones that look like other
// fields), conditions and variables. The same seed makes the same operation.
import {
  type DocumentNode,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  parse,
  validate,
} from 'graphql';

export interface RandomOperation {
  readonly source: string;
  readonly document: DocumentNode;
  readonly variables: Record<string, unknown>;
}

/** mulberry32: small, and the same everywhere. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

export function randomOperation(schema: GraphQLSchema, seed: number): RandomOperation {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const made = new Maker(schema, randomFrom(seed * 1_000 + attempt)).make();
    const document = parse(made.source);
    // Two fields of one name and different arguments may have met; then another throw of the dice.
    if (validate(schema, document).length === 0) return { ...made, document };
  }
  throw new Error(`no valid operation for seed ${seed}`);
}

class Maker {
  readonly #schema: GraphQLSchema;
  readonly #random: (below: number) => number;
  readonly #declared = new Map<string, string>();
  readonly #fragments: string[] = [];
  readonly #variables: Record<string, unknown> = {};
  #budget = 40;

  constructor(schema: GraphQLSchema, random: (below: number) => number) {
    this.#schema = schema;
    this.#random = random;
  }

  make(): { readonly source: string; readonly variables: Record<string, unknown> } {
    const mutation = this.#schema.getMutationType();
    const isMutation = mutation != null && this.#chance(10);
    const root = (isMutation ? mutation : this.#schema.getQueryType()) as GraphQLCompositeType;
    const selection = this.#selectionSet(root, 2 + this.#random(4));
    const declared = [...this.#declared].map(([name, type]) => `$${name}: ${type}`);
    const head = `${isMutation ? 'mutation' : 'query'} Q${declared.length > 0 ? `(${declared.join(', ')})` : ''}`;
    return { source: [`${head} ${selection}`, ...this.#fragments].join('\n'), variables: this.#variables };
  }

  #chance(percent: number): boolean {
    return this.#random(100) < percent;
  }

  #pick<T>(values: readonly T[]): T {
    return values[this.#random(values.length)] as T;
  }

  #selectionSet(type: GraphQLCompositeType, depth: number): string {
    const count = 1 + this.#random(4);
    const selections = Array.from({ length: count }, () => this.#selection(type, depth));
    return `{ ${selections.join(' ')} }`;
  }

  #selection(type: GraphQLCompositeType, depth: number): string {
    this.#budget -= 1;
    if (this.#chance(8) || !('getFields' in type)) {
      const others = isAbstractType(type) ? this.#schema.getPossibleTypes(type) : [];
      if (depth <= 0 || others.length === 0 || this.#chance(30)) return `__typename${this.#condition()}`;
      return this.#fragment(this.#pick(others), depth);
    }
    if (depth > 0 && this.#chance(isAbstractType(type) ? 40 : 12))
      return this.#fragment(this.#overlapping(type), depth);
    return this.#field(type, depth);
  }

  #overlapping(type: GraphQLCompositeType): GraphQLCompositeType {
    const types = Object.values(this.#schema.getTypeMap()).filter(isCompositeType);
    const possible = new Set(isAbstractType(type) ? this.#schema.getPossibleTypes(type) : [type]);
    return this.#pick(
      types.filter((other) =>
        (isAbstractType(other) ? this.#schema.getPossibleTypes(other) : [other]).some((member) =>
          (possible as Set<unknown>).has(member),
        ),
      ),
    );
  }

  #fragment(type: GraphQLCompositeType, depth: number): string {
    const selection = this.#selectionSet(type, depth - 1);
    if (this.#chance(70)) return `... on ${type.name}${this.#condition()} ${selection}`;
    const name = `F${this.#fragments.length}`;
    this.#fragments.push(`fragment ${name} on ${type.name} ${selection}`);
    return `...${name}${this.#condition()}`;
  }

  #field(type: Extract<GraphQLCompositeType, { getFields: unknown }>, depth: number): string {
    const fields = Object.values(type.getFields());
    const leaves = fields.filter((field) => !isCompositeType(getNamedType(field.type)));
    const candidates = (depth <= 0 || this.#budget <= 0) && leaves.length > 0 ? leaves : fields;
    const field = this.#pick(candidates);
    const inner = getNamedType(field.type);
    const alias = this.#chance(25)
      ? `${this.#pick(['a', 'b', 'id', 'name', ...fields.map(({ name }) => name)])}: `
      : '';
    const args = field.args.flatMap((argument) => this.#argument(argument));
    const selection = isCompositeType(inner) ? ` ${this.#selectionSet(inner, Math.max(depth - 1, 0))}` : '';
    return `${alias}${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}${this.#condition()}${selection}`;
  }

  #condition(): string {
    if (!this.#chance(10)) return '';
    const directive = this.#pick(['skip', 'include']);
    if (this.#chance(20)) return ` @${directive}(if: ${this.#pick(['true', 'false'])})`;
    const name = this.#pick(['x', 'y']);
    if (!this.#declared.has(name)) {
      const byDefault = this.#chance(20);
      this.#declared.set(name, byDefault ? 'Boolean! = true' : 'Boolean!');
      if (!byDefault || this.#chance(50)) this.#variables[name] = this.#chance(50);
    }
    return ` @${directive}(if: $${name})`;
  }

  #argument({ name, type }: GraphQLArgument): string[] {
    if (!isNonNullType(type) && this.#chance(40)) return [];
    if (this.#chance(60)) return [`${name}: ${literal(this.#value(type))}`];
    const variable = `v${this.#declared.size}`;
    this.#declared.set(variable, String(type));
    this.#variables[variable] = plain(this.#value(type));
    return [`${name}: $${variable}`];
  }

  #value(type: GraphQLInputType): unknown {
    if (isNonNullType(type)) return this.#value(type.ofType);
    if (isListType(type)) return Array.from({ length: this.#random(3) }, () => this.#value(type.ofType));
    if (isEnumType(type)) return new EnumValue(this.#pick(type.getValues()).name);
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter((field) => isNonNullType(field.type) || this.#chance(60));
      return Object.fromEntries(fields.map((field) => [field.name, this.#value(field.type)]));
    }
    switch (type.name) {
      case 'Int':
      case 'Float':
        return this.#random(3);
      case 'Boolean':
        return this.#chance(50);
      default:
        return this.#pick(['one', 'two "quoted"']);
    }
  }
}

class EnumValue {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

function plain(value: unknown): unknown {
  if (value instanceof EnumValue) return value.name;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

function literal(value: unknown): string {
  if (value instanceof EnumValue) return value.name;
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([key, inner]) => `${key}: ${literal(inner)}`)
    .join(', ')} }`;
}
