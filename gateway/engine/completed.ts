// What a planner left out of a plan although a fetch could bring it: of a union whose members differ from subgraph to subgraph,
// planners ask only for those all of them know. A fetch is asked besides for what its own subgraph has of the missing fields.
import {
  type DocumentNode,
  type FieldNode,
  type InlineFragmentNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { placeOf } from './places.ts';
import type { PlanNode, QueryPlan, Rewrite, RootFetch } from './plan.ts';
import type { SubgraphTypes } from './subgraph-types.ts';
import type { Types, TypeTable } from './types.ts';

const ROOTS = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' } as const;
const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** The plan with fetches that bring more of what the operation asks for; the same plan where none can. */
export function completed(text: string, plan: QueryPlan, types: TypeTable, known: SubgraphTypes): QueryPlan {
  const operation = new Wanted(text, types);
  const complete = <T extends Exclude<PlanNode, { nodes: unknown }>>(fetch: T): T => {
    const groups = fetch.kind === 'entities' ? fetch.groups : undefined;
    const output = fetch.kind === 'root' ? fetch.output : groups?.flatMap((group) => group.output);
    const completing = new Completing(operation, fetch.subgraph, known, output ?? []);
    const places = (key: string) =>
      groups?.filter(({ alias }) => alias === key).flatMap(({ paths }) => paths.map(placeOf)) ?? [`.${key}`];
    return { ...fetch, ...completing.fetch(fetch.operation, fetch.variables, places, groups !== undefined) };
  };
  const walk = (node: PlanNode): PlanNode =>
    'nodes' in node ? { ...node, nodes: node.nodes.map(walk) } : complete(node);
  return { stream: plan.stream && complete<RootFetch>(plan.stream), node: plan.node && walk(plan.node) };
}

interface Asked {
  readonly field: FieldNode;
  readonly types: ReadonlySet<string>;
}

/** What the operation asks for at each place of the data. */
class Wanted {
  readonly definition: OperationDefinitionNode | undefined;
  readonly #types: Types;
  readonly #document: DocumentNode;
  readonly #at = new Map<string, Asked[]>();

  constructor(text: string, types: Types) {
    this.#types = types;
    this.#document = parse(text, { noLocation: true });
    this.definition = this.#document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
    if (this.definition) this.#read(this.definition.selectionSet, '', new Set([ROOTS[this.definition.operation]]));
  }

  at(place: string): readonly Asked[] {
    return this.#at.get(place) ?? [];
  }

  #read({ selections }: SelectionSetNode, place: string, here: ReadonlySet<string>): void {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        this.#at.set(place, [...this.at(place), { field: selection, types: here }]);
        const below = this.#types.allOf(
          [...here].flatMap((type) => this.#types.typeOfField(type, selection.name.value) ?? []),
        );
        if (selection.selectionSet) this.#read(selection.selectionSet, `${place}.${keyOf(selection)}`, below);
        continue;
      }
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? this.#fragment(selection.name.value) : selection;
      const condition = fragment?.typeCondition?.name.value;
      const narrowed = condition === undefined ? here : intersection(here, this.#types.allOf([condition]));
      if (fragment) this.#read(fragment.selectionSet, place, narrowed);
    }
  }

  #fragment(name: string) {
    return this.#document.definitions.find(
      (node) => node.kind === Kind.FRAGMENT_DEFINITION && node.name.value === name,
    ) as { readonly selectionSet: SelectionSetNode; readonly typeCondition: InlineFragmentNode['typeCondition'] };
  }
}

class Completing {
  readonly #operation: Wanted;
  readonly #subgraph: string;
  readonly #known: SubgraphTypes;
  readonly #types: Types;
  /** What the plan renames in the answer, by the key the subgraph gives it. */
  readonly #renamed = new Map<string, string>();

  constructor(operation: Wanted, subgraph: string, known: SubgraphTypes, output: readonly Rewrite[]) {
    this.#operation = operation;
    this.#subgraph = subgraph;
    this.#known = known;
    this.#types = known.of(subgraph);
    for (const rewrite of output) if (rewrite.kind === 'rename') this.#renamed.set(rewrite.key, rewrite.to);
  }

  /** `places` are where the value of a root field goes. */
  fetch(
    text: string,
    variables: readonly string[],
    places: (key: string) => readonly string[],
    isEntities: boolean,
  ): { readonly operation: string; readonly variables: readonly string[] } {
    const operation = withoutFragments(parse(text, { noLocation: true }));
    if (!operation) return { operation: text, variables };
    const root = ROOTS[operation.operation];
    const selections = operation.selectionSet.selections.map((selection) => {
      if (selection.kind !== Kind.FIELD || !selection.selectionSet) return selection;
      const [place] = places(keyOf(selection));
      if (place === undefined || places(keyOf(selection)).length > 1) return selection;
      const type = isEntities ? [] : [this.#types.typeOfField(root, selection.name.value) ?? ''];
      const below = this.#selectionSet(selection.selectionSet, place, this.#types.allOf(type));
      return { ...selection, selectionSet: below };
    });
    const complete = { ...operation, selectionSet: { ...operation.selectionSet, selections } };
    const used = variablesOf(complete).filter((name) => !variablesDefined(operation).has(name));
    const added = this.#operation.definition?.variableDefinitions?.filter(({ variable }) =>
      used.includes(variable.name.value),
    );
    const variableDefinitions = [...(operation.variableDefinitions ?? []), ...(added ?? [])];
    return { operation: print({ ...complete, variableDefinitions }), variables: [...variables, ...used] };
  }

  /** `here` are the types the subgraph may answer at this place; none where that is not for it to say. */
  #selectionSet({ selections }: SelectionSetNode, place: string, here: ReadonlySet<string>): SelectionSetNode {
    const covered = new Map<string, Set<string>>();
    const kept = selections.map((selection) => this.#selection(selection, place, here, covered));
    const missing = this.#operation.at(place).flatMap(({ field, types }) =>
      [...types].flatMap((type) => {
        if (!here.has(type) || covered.get(keyOf(field))?.has(type)) return [];
        const own = this.#own(field, type);
        return own ? [fragmentOn(type, own)] : [];
      }),
    );
    return { kind: Kind.SELECTION_SET, selections: missing.length === 0 ? kept : [TYPENAME, ...kept, ...missing] };
  }

  #selection(
    selection: SelectionNode,
    place: string,
    here: ReadonlySet<string>,
    covered: Map<string, Set<string>>,
  ): SelectionNode {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return selection;
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const condition = selection.typeCondition?.name.value;
      const narrowed = condition === undefined ? here : this.#types.allOf([condition]);
      const selections = selection.selectionSet.selections.map((inner) =>
        this.#selection(inner, place, narrowed, covered),
      );
      return { ...selection, selectionSet: { ...selection.selectionSet, selections } };
    }
    const key = this.#renamed.get(keyOf(selection)) ?? keyOf(selection);
    const types = covered.get(key) ?? new Set();
    for (const type of here) types.add(type);
    covered.set(key, types);
    if (!selection.selectionSet) return selection;
    const below = this.#types.allOf(
      [...here].flatMap((type) => this.#types.typeOfField(type, selection.name.value) ?? []),
    );
    return { ...selection, selectionSet: this.#selectionSet(selection.selectionSet, `${place}.${key}`, below) };
  }

  /** The field with all of its selection, if the subgraph has all of it. */
  #own(field: FieldNode, type: string): FieldNode | undefined {
    if (!this.#known.resolves(this.#subgraph, type, field.name.value)) return undefined;
    if (!field.selectionSet) return field;
    const below = this.#types.typeOfField(type, field.name.value);
    if (below === undefined) return undefined;
    const inner = field.selectionSet.selections.map((selection) =>
      selection.kind !== Kind.FIELD || selection.name.value === '__typename' ? undefined : this.#own(selection, below),
    );
    const selections = inner.filter((node) => node !== undefined);
    return selections.length < inner.length
      ? undefined
      : { ...field, selectionSet: { kind: Kind.SELECTION_SET, selections: [TYPENAME, ...selections] } };
  }
}

/** A named fragment stands at several places, which do not all miss the same. */
export function withoutFragments({ definitions }: DocumentNode): OperationDefinitionNode | undefined {
  const operation = definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
  const inline = (selectionSet: SelectionSetNode): SelectionSetNode => ({
    kind: Kind.SELECTION_SET,
    selections: selectionSet.selections.flatMap((selection): SelectionNode[] => {
      if (selection.kind !== Kind.FRAGMENT_SPREAD)
        return [selection.selectionSet ? { ...selection, selectionSet: inline(selection.selectionSet) } : selection];
      const named = definitions.find(
        (node) => node.kind === Kind.FRAGMENT_DEFINITION && node.name.value === selection.name.value,
      );
      if (named?.kind !== Kind.FRAGMENT_DEFINITION) return [];
      const { typeCondition, selectionSet: inner } = named;
      return [{ kind: Kind.INLINE_FRAGMENT, typeCondition, selectionSet: inline(inner) }];
    }),
  });
  return operation && { ...operation, selectionSet: inline(operation.selectionSet) };
}

function fragmentOn(type: string, field: FieldNode): InlineFragmentNode {
  const typeCondition = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type } } as const;
  return {
    kind: Kind.INLINE_FRAGMENT,
    typeCondition,
    selectionSet: { kind: Kind.SELECTION_SET, selections: [field] },
  };
}

function keyOf({ alias, name }: FieldNode): string {
  return (alias ?? name).value;
}

function intersection(some: ReadonlySet<string>, others: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...some].filter((type) => others.has(type)));
}

function variablesDefined({ variableDefinitions }: OperationDefinitionNode): ReadonlySet<string> {
  return new Set(variableDefinitions?.map(({ variable }) => variable.name.value));
}

function variablesOf({ selectionSet }: OperationDefinitionNode): readonly string[] {
  const names = new Set<string>();
  visit(selectionSet, { Variable: (node) => void names.add(node.name.value) });
  return [...names];
}
