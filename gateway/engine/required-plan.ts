// Gives the stand-ins of required-arguments.ts back their arguments in a plan.
import { type FieldNode, Kind, parse, print, type SelectionNode, type SelectionSetNode, visit } from 'graphql';
import type { EntityFetch, EntityGroup, PlanNode, Planner, QueryPlan, Requirement } from './plan.ts';
import type { RequiredArguments } from './required-arguments.ts';

/** Plans on the supergraph with stand-ins; its plans have none. */
export function withRequiredArguments(planner: Planner, required: RequiredArguments): Planner {
  if (required.standIns.size === 0) return planner;
  const restore = new Restoring(required);
  return { plan: async (operation) => restore.plan(await planner.plan(operation)), stop: () => planner.stop() };
}

class Restoring {
  readonly #required: RequiredArguments;

  constructor(required: RequiredArguments) {
    this.#required = required;
  }

  plan({ stream, node }: QueryPlan): QueryPlan {
    return {
      stream: stream && { ...stream, operation: this.#operation(stream.operation) },
      node: node && this.#node(node),
    };
  }

  #node(node: PlanNode): PlanNode {
    switch (node.kind) {
      case 'root':
        return { ...node, operation: this.#operation(node.operation) };
      case 'entities': {
        const nodes = this.#apart(node).map((fetch) => this.#entities(fetch));
        return nodes.length === 1 && nodes[0] ? nodes[0] : { kind: 'parallel', nodes };
      }
      default:
        return { ...node, nodes: node.nodes.map((inner) => this.#node(inner)) };
    }
  }

  #entities(fetch: EntityFetch): EntityFetch {
    const groups = fetch.groups.map((group) => ({
      ...group,
      requirements: group.requirements.map((requirement) => this.#requirement(requirement)),
    }));
    return { ...fetch, operation: this.#operation(fetch.operation), groups };
  }

  #requirement(requirement: Requirement): Requirement {
    const requirements = requirement.requirements?.map((inner) => this.#requirement(inner));
    if (requirement.kind === 'type') return { ...requirement, requirements: requirements ?? [] };
    const to = this.#required.standIns.get(requirement.to)?.field.name.value ?? requirement.to;
    return { ...requirement, to, requirements };
  }

  #operation(text: string): string {
    if (![...this.#required.standIns.keys()].some((name) => text.includes(name))) return text;
    const document = parse(text, { noLocation: true });
    return print(
      visit(document, {
        Field: (node) => {
          const standIn = this.#required.standIns.get(node.name.value);
          if (!standIn) return undefined;
          const alias = node.alias ?? node.name;
          return { ...node, alias, name: standIn.field.name, arguments: standIn.field.arguments ?? [] };
        },
      }),
    );
  }

  /** The fetch as often as its fields require different values of one name, each time with the fields that agree. */
  #apart(fetch: EntityFetch): EntityFetch[] {
    const conflict = fetch.groups.flatMap((group) => this.#conflict(group)).at(0);
    if (conflict === undefined) return [fetch];
    // Those that need the one value, and all others.
    return [this.#only(fetch, conflict, true), this.#only(fetch, conflict, false)].flatMap((part) => this.#apart(part));
  }

  /** A stand-in that cannot be sent beside another one of the same field. */
  #conflict({ requirements }: EntityGroup): string[] {
    const conflicts: string[] = [];
    const look = (siblings: readonly Requirement[]): void => {
      const values = new Map<string, string>();
      for (const requirement of siblings) {
        if (requirement.kind === 'field') {
          const name = this.#required.standIns.get(requirement.to)?.field.name.value ?? requirement.to;
          const before = values.get(name);
          if (before !== undefined && before !== requirement.to) conflicts.push(requirement.to);
          values.set(name, before ?? requirement.to);
        }
        look(requirement.requirements ?? []);
      }
    };
    look(requirements);
    return conflicts;
  }

  /** The fetch with only the fields that require the stand-in, or only those that do not. */
  #only(fetch: EntityFetch, standIn: string, wanted: boolean): EntityFetch {
    const document = parse(fetch.operation, { noLocation: true });
    const requires = ({ name }: FieldNode, type: string) =>
      this.#required.requiredBy.get(`${type}.${name.value}`)?.has(standIn) ?? false;
    const fragments = new Map(
      document.definitions.flatMap((definition) =>
        definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition] as const] : [],
      ),
    );
    const selections = (set: SelectionSetNode, type: string): SelectionNode[] =>
      set.selections.flatMap((selection): SelectionNode[] => {
        if (selection.kind === Kind.FIELD) {
          return selection.name.value === '__typename' || requires(selection, type) === wanted ? [selection] : [];
        }
        const spread = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
        if (!spread) return [];
        const condition = spread.typeCondition?.name.value ?? type;
        const inner = selections(spread.selectionSet, condition);
        if (inner.length === 0) return [];
        const typeCondition = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: condition } } as const;
        return [
          { kind: Kind.INLINE_FRAGMENT, typeCondition, selectionSet: { ...spread.selectionSet, selections: inner } },
        ];
      });
    const definitions = document.definitions.map((definition) => {
      if (definition.kind !== Kind.OPERATION_DEFINITION) return definition;
      const roots = definition.selectionSet.selections.flatMap((root) => {
        if (root.kind !== Kind.FIELD || !root.selectionSet) return [root];
        const inner = selections(root.selectionSet, '');
        const nothing: SelectionNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };
        return [{ ...root, selectionSet: { ...root.selectionSet, selections: inner.length > 0 ? inner : [nothing] } }];
      });
      return { ...definition, selectionSet: { ...definition.selectionSet, selections: roots } };
    });
    const rivals = this.#rivalsOf(standIn);
    const groups = fetch.groups.map((group) => ({
      ...group,
      requirements: group.requirements.map((requirement) =>
        without(requirement, (name) => (wanted ? name !== standIn && rivals.has(name) : name === standIn)),
      ),
    }));
    return { ...fetch, operation: print({ ...document, definitions }), groups };
  }

  /** All stand-ins of the same field, and the field itself. */
  #rivalsOf(standIn: string): ReadonlySet<string> {
    const field = this.#required.standIns.get(standIn)?.field.name.value ?? '';
    const names = [...this.#required.standIns.values()].filter((other) => other.field.name.value === field);
    return new Set([field, ...names.map(({ name }) => name)]);
  }
}

function without(requirement: Requirement, isGone: (name: string) => boolean): Requirement {
  const { requirements } = requirement;
  if (!requirements) return requirement;
  const kept = requirements.filter((inner) => inner.kind === 'type' || !isGone(inner.to));
  return { ...requirement, requirements: kept.map((inner) => without(inner, isGone)) };
}
