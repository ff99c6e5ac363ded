// Whether a caller may see what an operation asks for, decided before anything is fetched. Which rules an operation touches is found
// once; per request they are looked up, and what is refused is part of what the operation is planned and compiled for.
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLError,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { isAuthenticated, type Principal, parsePrincipal } from '#platform/auth/principal.ts';
import { AccessRules, holds, type RuleIds } from './access-rules.ts';
import { type Denial, Denials, refused } from './denials.ts';
import type { Rule } from './inherited-rules.ts';
import type { IsIncluded, Operation } from './variant.ts';

/** What happens to an operation that asks for something its caller may not see. */
export type AuthorizationMode = 'null' | 'reject';

type Parts = Pick<Operation, 'definition' | 'fragments'>;

/** By rule, whether it is held. */
type Held = readonly boolean[];

export class Authorization {
  readonly mode: AuthorizationMode;
  readonly #api: GraphQLSchema;
  readonly #rules: AccessRules;
  readonly #held = new WeakMap<Principal, Held>();

  constructor(supergraph: DocumentNode, api: GraphQLSchema, mode: AuthorizationMode) {
    this.#api = api;
    this.#rules = new AccessRules(supergraph, api);
    this.mode = mode;
  }

  /** All rules that may decide about the operation, under whatever conditions. */
  rulesOf(operation: Parts): RuleIds {
    if (this.#rules.rules.length === 0) return [];
    const ids = new Set<number>();
    this.#walk(operation, (parent, field) => {
      for (const id of this.#rules.ofField(parent, field.name.value)) ids.add(id);
      for (const id of this.#rules.ofPossible(parent)) ids.add(id);
    });
    return [...ids];
  }

  /** Tells callers apart as far as the rules do; empty for one who holds all of them. */
  maskFor(rules: RuleIds, serialized: string | undefined): string {
    const principal = parsePrincipal(serialized);
    const held = this.#heldBy(principal);
    let mask = '';
    let isWhole = true;
    for (const id of rules) {
      isWhole &&= held[id] === true;
      mask += held[id] ? 'h' : '-';
    }
    if (isWhole) return '';
    return isAuthenticated(principal) ? mask : `${mask}a`;
  }

  /** What the caller may not see of the operation; undefined when it may see all. */
  denialsOf(operation: Parts, isIncluded: IsIncluded, serialized: string | undefined): Denials | undefined {
    const principal = parsePrincipal(serialized);
    const held = this.#heldBy(principal);
    const failing = (ids: RuleIds) => ids.find((id) => !held[id]);
    const fields = new Map<FieldNode, Denial>();
    const types = new Map<string, Denial>();
    this.#walk(operation, (parent, field) => {
      const failed = failing(this.#rules.ofField(parent, field.name.value));
      if (failed !== undefined)
        fields.set(field, this.#denial(`${parent.name}.${field.name.value}`, failed, principal));
      for (const { name } of isAbstractType(parent) ? this.#api.getPossibleTypes(parent) : []) {
        const unseen = failing(this.#rules.ofType(name));
        if (unseen !== undefined) types.set(name, this.#denial(name, unseen, principal));
      }
    });
    return fields.size + types.size === 0 ? undefined : new Denials({ operation, fields, types, isIncluded });
  }

  /** The refusal of the whole operation if anything of it may not be seen, whatever its conditions: for an engine that enforces nothing. */
  refusalOf(operation: Parts, serialized: string | undefined): readonly GraphQLError[] | undefined {
    const rules = this.rulesOf(operation);
    if (rules.length === 0) return undefined;
    const principal = parsePrincipal(serialized);
    const held = this.#heldBy(principal);
    const failed = rules.find((id) => !held[id]);
    if (failed === undefined) return undefined;
    const told = this.denialsOf(operation, () => true, serialized)?.refusal() ?? [];
    return told.length > 0 ? told : [refused(this.#denial('The operation', failed, principal))];
  }

  #heldBy(principal: Principal): Held {
    const known = this.#held.get(principal) ?? this.#rules.rules.map((rule) => holds(rule, principal));
    this.#held.set(principal, known);
    return known;
  }

  #denial(subject: string, id: number, principal: Principal): Denial {
    const rule = this.#rules.rules[id] as Rule;
    if (!isAuthenticated(principal)) {
      return { reason: 'UNAUTHENTICATED', message: `${subject} needs a token: send it as "authorization: Bearer …"` };
    }
    const needed = rule.anyOf.map((allOf) => allOf.join(' and ')).join(', or ');
    return {
      reason: 'FORBIDDEN',
      message: `${subject} needs the ${rule.kind === 'policy' ? 'policy' : 'scope'} ${needed}`,
    };
  }

  /** Every field of the operation once, with the type it is selected on. */
  #walk({ definition, fragments }: Parts, visit: (parent: GraphQLCompositeType, field: FieldNode) => void): void {
    const entered = new Set<string>();
    const enter = ({ selections }: SelectionSetNode, parent: GraphQLCompositeType): void => {
      for (const selection of selections) {
        if (selection.kind === Kind.FIELD) {
          visit(parent, selection);
          const field = 'getFields' in parent ? parent.getFields()[selection.name.value] : undefined;
          const type = field && getNamedType(field.type);
          if (selection.selectionSet && isCompositeType(type)) enter(selection.selectionSet, type);
        } else if (selection.kind === Kind.INLINE_FRAGMENT) {
          enter(selection.selectionSet, this.#composite(selection.typeCondition?.name.value) ?? parent);
        } else if (!entered.has(selection.name.value)) {
          entered.add(selection.name.value);
          const fragment = fragments.get(selection.name.value);
          const type = this.#composite(fragment?.typeCondition.name.value);
          if (fragment && type) enter(fragment.selectionSet, type);
        }
      }
    };
    const root = this.#api.getRootType(definition.operation);
    if (root) enter(definition.selectionSet, root);
  }

  #composite(name: string | undefined): GraphQLCompositeType | undefined {
    const type = name === undefined ? undefined : this.#api.getType(name);
    return isCompositeType(type) ? type : undefined;
  }
}
