// What an operation costs at most, before it runs: objects and leaves it can bring, times the sizes of the lists they stand in, and what
// it sends. Compiled once per operation to a number, or to a function of its variables where they decide.
import {
  type FieldNode,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isLeafType,
  isListType,
  isNonNullType,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
} from 'graphql';
import { type Amount, amountOf, amountUnder, givenBy, largest, sum, times, type Variables, when } from './amount.ts';
import { type Branch, type Collected, collectCosts, type Fragments } from './collect-costs.ts';
import type { CostSchema } from './cost-schema.ts';
import { scoreInput } from './input-cost.ts';
import { listSizeAmount } from './list-sizes.ts';

const MUTATION = 10;
/** The whole schema as text; asking for one type. */
const INTROSPECTION: Readonly<Record<string, number>> = { __schema: 200, __type: 10 };

/** A place in the operation, for telling where the cost comes from. */
interface Place {
  readonly key: string;
  readonly cost: Amount;
  readonly below: readonly Place[];
}

interface Selected {
  readonly cost: Amount;
  readonly places: readonly Place[];
}

export interface OperationCost {
  readonly cost: Amount;
  /** Where most of it is: `searchProducts.edges.node.variants`. */
  heaviest(variables: Variables): string;
}

export function operationCost(
  schema: CostSchema,
  definition: OperationDefinitionNode,
  fragments: Fragments,
  assumedListSize: number,
): OperationCost {
  const root = schema.api.getRootType(definition.operation);
  if (!root) throw new TypeError(`the schema has no ${definition.operation}`);
  const { cost, places } = new Compiler(schema, fragments, assumedListSize).selection([definition.selectionSet], root);
  const own = definition.operation === OperationTypeNode.MUTATION ? MUTATION : 0;
  return { cost: sum([own, cost]), heaviest: (variables) => heaviestOf(places, variables) };
}

type Sizes = ReadonlyMap<string, Amount>;
const NO_SIZES: Sizes = new Map();

class Compiler {
  readonly #schema: CostSchema;
  readonly #fragments: Fragments;
  readonly #assumedListSize: number;

  constructor(schema: CostSchema, fragments: Fragments, assumedListSize: number) {
    this.#schema = schema;
    this.#fragments = fragments;
    this.#assumedListSize = assumedListSize;
  }

  /** `sizes`: of the lists among the fields that the field above gave one. */
  selection(sets: readonly SelectionSetNode[], parent: GraphQLCompositeType, sizes: Sizes = NO_SIZES): Selected {
    const { api } = this.#schema;
    const collected = collectCosts(api, this.#fragments, sets, parent);
    const places = collected.fields.map(({ key, nodes, isIncluded }) => {
      const place = this.#field(nodes, parent, sizes);
      return { ...place, key, cost: when(isIncluded, place.cost) };
    });
    const branches = collected.branches.map((branch) => ({
      branch,
      ...this.selection(branch.sets, branch.type, sizes),
    }));
    const costs = branches.map(({ branch, cost }) => when(branch.isIncluded, cost));
    const always = costs.filter((_, index) => collected.branches[index]?.isOfAll);
    const alternatives = largest(
      this.#groups(collected, parent).map((group) => sum(group.map((index) => costs[index] ?? 0))),
    );
    return {
      cost: sum([...places.map(({ cost }) => cost), ...always, alternatives]),
      places: [...places, ...branches.flatMap((branch) => branch.places)],
    };
  }

  /** Fragments on types of which an object can be one only: the indexes of those that count together. */
  #groups({ branches }: Collected, parent: GraphQLCompositeType): readonly (readonly number[])[] {
    if (branches.every(({ isOfAll }) => isOfAll)) return [];
    const types = isAbstractType(parent) ? this.#schema.api.getPossibleTypes(parent) : [parent];
    const groups = new Map<string, readonly number[]>();
    for (const type of types) {
      const applies = ({ isOfAll, type: of }: Branch) =>
        !isOfAll && (of === type || (isAbstractType(of) && this.#schema.api.isSubType(of, type)));
      const group = branches.flatMap((branch, index) => (applies(branch) ? [index] : []));
      groups.set(group.join(), group);
    }
    return [...groups.values()];
  }

  #field(nodes: readonly FieldNode[], parent: GraphQLCompositeType, sizes: Sizes): Omit<Place, 'key'> {
    const [node] = nodes;
    const name = node?.name.value ?? '';
    const fixed = INTROSPECTION[name];
    if (fixed !== undefined) return { cost: fixed, below: [] };
    const field = 'getFields' in parent ? parent.getFields()[name] : undefined;
    if (!node || !field) return { cost: this.#schema.leafWeight, below: [] };
    const type = getNamedType(field.type);
    const listSize = this.#schema.listSize(parent, name);
    const size = listSizeAmount(field, listSize, (argument) => givenOf(argument, node), this.#assumedListSize);
    const isList = isListType(isNonNullType(field.type) ? field.type.ofType : field.type);
    const sized = new Map((listSize?.sizedFields ?? []).map((inner) => [inner, size]));
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    const below = isCompositeType(type) ? this.selection(sets, type, sized) : { cost: 0, places: [] };
    const each = sum([this.#schema.fieldWeight(parent, name, type), below.cost]);
    const count = isList ? (sizes.get(name) ?? size) : 1;
    return { cost: sum([times(count, each), this.#input(field, node, parent)]), below: below.places };
  }

  #input(field: GraphQLField<unknown, unknown>, node: FieldNode, parent: GraphQLCompositeType): Amount {
    return sum(
      field.args.map((argument) => {
        const weight = this.#schema.weight(`${parent.name}.${field.name}.${argument.name}`);
        // Most arguments are leaves, and cost nothing whatever their value.
        const type = getNamedType(argument.type);
        if (isLeafType(type) && !weight && !this.#schema.weight(type.name)) return 0;
        return amountOf(givenOf(argument, node), (value) => scoreInput(this.#schema, argument.type, value, weight));
      }),
    );
  }
}

function givenOf({ name, defaultValue }: GraphQLArgument, node: FieldNode) {
  return givenBy(node.arguments?.find((argument) => argument.name.value === name)?.value, defaultValue);
}

/** Goes down as long as one place has more than half of it. */
function heaviestOf(places: readonly Place[], variables: Variables): string {
  const path: string[] = [];
  for (let at = places; at.length > 0; ) {
    const costs = at.map(({ cost }) => amountUnder(cost, variables));
    const most = costs.indexOf(Math.max(...costs));
    const all = costs.reduce((left, right) => left + right, 0);
    const place = at[most];
    if (!place || all === 0 || (path.length > 0 && (costs[most] ?? 0) * 2 < all)) break;
    path.push(place.key);
    at = place.below;
  }
  return path.join('.');
}
