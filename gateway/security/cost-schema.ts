// What @cost and @listSize say of a supergraph's elements, by their coordinates. Weights left out are those of the specification:
// an object 1, a mutation 10, arguments that are objects 1; leaves what the settings say.
import {
  type ConstDirectiveNode,
  type DocumentNode,
  type GraphQLCompositeType,
  type GraphQLNamedType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  Kind,
} from 'graphql';
import { type Arguments, argumentsOf, directiveName } from './links.ts';

export interface ListSize {
  readonly assumedSize?: number;
  /** Integer arguments that say how much is wanted. */
  readonly slicingArguments: readonly string[];
  /** Lists of the field's own type that have its size: a connection's edges. */
  readonly sizedFields: readonly string[];
  readonly requireOneSlicingArgument: boolean;
}

interface Annotated {
  readonly directives?: readonly ConstDirectiveNode[] | undefined;
}

export class CostSchema {
  readonly api: GraphQLSchema;
  readonly leafWeight: number;
  readonly #cost: string | undefined;
  readonly #listSize: string | undefined;
  readonly #weights = new Map<string, number>();
  readonly #sizes = new Map<string, ListSize>();

  constructor(supergraph: DocumentNode, api: GraphQLSchema, leafWeight: number) {
    this.api = api;
    this.leafWeight = leafWeight;
    this.#cost = directiveName(supergraph, 'cost', 'cost');
    this.#listSize = directiveName(supergraph, 'cost', 'listSize');
    if (this.#cost === undefined) return;
    for (const definition of supergraph.definitions) {
      if (!('name' in definition) || definition.name === undefined) continue;
      const { value: type } = definition.name;
      this.#take(type, definition as Annotated);
      if (!('fields' in definition)) continue;
      for (const field of definition.fields ?? []) {
        this.#take(`${type}.${field.name.value}`, field);
        if (field.kind !== Kind.FIELD_DEFINITION) continue;
        for (const argument of field.arguments ?? [])
          this.#take(`${type}.${field.name.value}.${argument.name.value}`, argument);
      }
    }
  }

  /** What @cost says of a type, a field, an input field or an argument (Type.field.argument). */
  weight(coordinate: string): number | undefined {
    return this.#weights.get(coordinate);
  }

  /** One object or one leaf at a field of this type, what is below it not counted. */
  fieldWeight(parent: GraphQLCompositeType, field: string, type: GraphQLNamedType): number {
    const own = this.#of(parent, field, (coordinate) => this.weight(coordinate));
    return own ?? this.#typeWeight(type);
  }

  listSize(parent: GraphQLCompositeType, field: string): ListSize | undefined {
    return this.#of(parent, field, (coordinate) => this.#sizes.get(coordinate));
  }

  #typeWeight(type: GraphQLNamedType): number {
    if (isAbstractType(type)) {
      return Math.max(...this.api.getPossibleTypes(type).map(({ name }) => this.weight(name) ?? 1), 0);
    }
    return this.weight(type.name) ?? (isCompositeType(type) ? 1 : this.leafWeight);
  }

  /** @cost may not stand on an interface's field: there, what one of its types says counts. */
  #of<T>(parent: GraphQLCompositeType, field: string, find: (coordinate: string) => T | undefined): T | undefined {
    const own = find(`${parent.name}.${field}`);
    if (own !== undefined || !isInterfaceType(parent)) return own;
    const found = this.api.getPossibleTypes(parent).flatMap(({ name }) => find(`${name}.${field}`) ?? []);
    return typeof found[0] === 'number' ? (Math.max(...(found as number[])) as T) : found[0];
  }

  #take(coordinate: string, { directives = [] }: Annotated): void {
    for (const directive of directives) {
      if (directive.name.value === this.#cost) {
        const { weight } = argumentsOf(directive);
        if (typeof weight === 'number') this.#weights.set(coordinate, weight);
      } else if (directive.name.value === this.#listSize) {
        this.#sizes.set(coordinate, listSizeOf(argumentsOf(directive)));
      }
    }
  }
}

function listSizeOf({ assumedSize, slicingArguments, sizedFields, requireOneSlicingArgument }: Arguments): ListSize {
  return {
    ...(typeof assumedSize === 'number' ? { assumedSize } : {}),
    slicingArguments: (slicingArguments ?? []) as string[],
    sizedFields: (sizedFields ?? []) as string[],
    requireOneSlicingArgument: requireOneSlicingArgument !== false,
  };
}
