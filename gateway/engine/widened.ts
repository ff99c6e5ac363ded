// The same operation asked more widely, for where no planner has a plan without doubt: what fragments on some types ask of fields that
// the place's own interface has is asked of the interface. More is fetched than clients see; the writer shows what was asked for.
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { TypeTable } from './types.ts';

/** Undefined where nothing can be asked more widely. Values stand under keys that mean the same on every type (data-keys.ts). */
export function widened(text: string, types: TypeTable): string | undefined {
  const document = parse(text, { noLocation: true });
  const widening = new Widening(document, types);
  const definitions = document.definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? [widening.operation(definition)] : [],
  );
  return widening.isWider ? print({ ...document, definitions }) : undefined;
}

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };
const ROOTS = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' } as const;

class Widening {
  isWider = false;
  readonly #types: TypeTable;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();

  constructor({ definitions }: DocumentNode, types: TypeTable) {
    this.#types = types;
    for (const definition of definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(definition.name.value, definition);
    }
  }

  /** Without named fragments: each place has its own. */
  operation(definition: OperationDefinitionNode): OperationDefinitionNode {
    const root = ROOTS[definition.operation];
    return { ...definition, selectionSet: this.#selectionSet(definition.selectionSet.selections, root) };
  }

  #selectionSet(selections: readonly SelectionNode[], place: string): SelectionSetNode {
    const fields = new Map<string, FieldNode[]>();
    const fragments: SelectionNode[] = [];
    const isNarrowed = this.#sort(selections, place, place, fields, fragments) && this.#types.isAbstract(place);
    const merged = [...fields.values()].map((nodes) => this.#field(nodes, place));
    // Who sees what still depends on the object's type, which a subgraph that has the interface as an object cannot tell.
    const typename = isNarrowed && !fields.has('__typename') ? [TYPENAME] : [];
    return { kind: Kind.SELECTION_SET, selections: [...typename, ...merged, ...fragments] };
  }

  /** Fields the place's own type has to `fields`, the rest to `fragments`; true where the object's type decides about one of `fields`. */
  #sort(
    selections: readonly SelectionNode[],
    place: string,
    type: string,
    fields: Map<string, FieldNode[]>,
    fragments: SelectionNode[],
  ): boolean {
    let isNarrowed = false;
    const own: FieldNode[] = [];
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const name = selection.name.value;
        const isOfPlace = name === '__typename' || this.#types.typeOfField(place, name) !== undefined;
        if (!isOfPlace) {
          own.push(selection);
          continue;
        }
        if (type !== place) isNarrowed = true;
        const key = (selection.alias ?? selection.name).value;
        fields.set(key, [...(fields.get(key) ?? []), selection]);
        continue;
      }
      const inner = selection.kind === Kind.FRAGMENT_SPREAD ? this.#fragments.get(selection.name.value) : selection;
      if (inner) {
        const condition = inner.typeCondition?.name.value ?? type;
        if (this.#sort(inner.selectionSet.selections, place, condition, fields, fragments)) isNarrowed = true;
      }
    }
    this.isWider ||= isNarrowed;
    if (own.length === 0) return isNarrowed;
    const typeCondition = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type } } as const;
    fragments.push({ kind: Kind.INLINE_FRAGMENT, typeCondition, selectionSet: this.#selectionSet(own, type) });
    return isNarrowed;
  }

  #field(nodes: readonly FieldNode[], type: string): FieldNode {
    const [first] = nodes as readonly [FieldNode];
    const below = this.#types.typeOfField(type, first.name.value);
    const selections = nodes.flatMap(({ selectionSet }) => selectionSet?.selections ?? []);
    if (selections.length === 0 || below === undefined) return first;
    return { ...first, selectionSet: this.#selectionSet(selections, below) };
  }
}
