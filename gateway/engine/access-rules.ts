// What a caller must hold for each type and field of the supergraph, as its directives say: all rules that apply must hold, each by
// any one of its sets.
import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isUnionType,
  Kind,
  valueFromASTUntyped,
  visit,
} from 'graphql';
import { isAuthenticated, type Principal } from '#platform/auth/principal.ts';
import {
  type AccessDirectives,
  accessDirectives,
  invalid,
  type Specification,
} from '../supergraph/access-directives.ts';
import { inheritedRules, type Rule } from './inherited-rules.ts';

/** Rules by their number. */
export type RuleIds = readonly number[];

const NONE: RuleIds = [];

export class AccessRules {
  readonly rules: Rule[] = [];
  readonly #api: GraphQLSchema;
  readonly #ids = new Map<string, number>();
  readonly #ofTypes = new Map<string, number[]>();
  readonly #ofFields = new Map<string, number[]>();
  readonly #found = new Map<string, RuleIds>();

  /** Throws SUPERGRAPH_INVALID where a rule cannot be understood: it is not left out. */
  constructor(supergraph: DocumentNode, api: GraphQLSchema) {
    this.#api = api;
    const access = accessDirectives(supergraph);
    if (access.directives.size > 0) this.#read(supergraph, access);
  }

  /** To see an object of the type at all. */
  ofType(name: string): RuleIds {
    return this.#ofTypes.get(name) ?? NONE;
  }

  /**
   * To see a field: those of the type it is of, its own, and those of what it returns. Selected on an interface: those of every type
   * that could stand there.
   */
  ofField(parent: GraphQLCompositeType, field: string): RuleIds {
    return this.#remembered(`${parent.name}.${field}`, () => {
      if (field.startsWith('__') || isUnionType(parent)) return this.ofType(parent.name);
      const possible = isInterfaceType(parent) ? this.#api.getPossibleTypes(parent) : [];
      return [parent, ...possible].flatMap((type) => [
        ...this.ofType(type.name),
        ...(this.#ofFields.get(`${type.name}.${field}`) ?? NONE),
        ...this.ofType(getNamedType(type.getFields()[field]?.type)?.name ?? ''),
      ]);
    });
  }

  /** Of what may turn out to stand where the type is declared. */
  ofPossible(type: GraphQLCompositeType): RuleIds {
    return isAbstractType(type) ? this.#api.getPossibleTypes(type).flatMap(({ name }) => this.ofType(name)) : [];
  }

  #remembered(key: string, find: () => RuleIds): RuleIds {
    const known = this.#found.get(key) ?? [...new Set(find())];
    this.#found.set(key, known);
    return known;
  }

  #read(supergraph: DocumentNode, { directives }: AccessDirectives): void {
    let read = 0;
    const keep = (into: Map<string, number[]>, key: string, given: readonly ConstDirectiveNode[] = []) => {
      for (const directive of given) {
        const kind = directives.get(directive.name.value);
        if (!kind) continue;
        read += 1;
        into.set(key, [...(into.get(key) ?? []), this.#idOf(ruleOf(kind, directive))]);
      }
    };
    for (const definition of supergraph.definitions) {
      switch (definition.kind) {
        case Kind.OBJECT_TYPE_DEFINITION:
        case Kind.OBJECT_TYPE_EXTENSION:
        case Kind.INTERFACE_TYPE_DEFINITION:
        case Kind.INTERFACE_TYPE_EXTENSION:
          for (const field of definition.fields ?? [])
            keep(this.#ofFields, coordinate(definition.name.value, field), field.directives);
          keep(this.#ofTypes, definition.name.value, definition.directives);
          break;
        case Kind.SCALAR_TYPE_DEFINITION:
        case Kind.SCALAR_TYPE_EXTENSION:
        case Kind.ENUM_TYPE_DEFINITION:
        case Kind.ENUM_TYPE_EXTENSION:
          keep(this.#ofTypes, definition.name.value, definition.directives);
          break;
        default:
      }
    }
    let standing = 0;
    visit(supergraph, { Directive: ({ name }) => void (standing += directives.has(name.value) ? 1 : 0) });
    this.#inherit(supergraph);
    if (standing !== read) throw invalid('a directive that guards data stands where it would guard nothing');
  }

  #inherit(supergraph: DocumentNode): void {
    const at = (place: string) => (place.includes('.') ? this.#ofFields : this.#ofTypes);
    const rulesAt = (place: string) => (at(place).get(place) ?? []).flatMap((id) => this.rules[id] ?? []);
    for (const { coordinate: place, rule } of inheritedRules(supergraph, rulesAt)) {
      at(place).set(place, [...(at(place).get(place) ?? []), this.#idOf(rule)]);
    }
  }

  #idOf(rule: Rule): number {
    const key = JSON.stringify(rule);
    const id = this.#ids.get(key) ?? this.rules.push(rule) - 1;
    this.#ids.set(key, id);
    return id;
  }
}

function coordinate(type: string, { name }: FieldDefinitionNode): string {
  return `${type}.${name.value}`;
}

function ruleOf(kind: Specification, directive: ConstDirectiveNode): Rule {
  if (kind === 'authenticated') return { kind, anyOf: [] };
  const name = kind === 'policy' ? 'policies' : 'scopes';
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  const sets: unknown = value && valueFromASTUntyped(value);
  const isSet = (set: unknown): set is string[] => Array.isArray(set) && set.every((each) => typeof each === 'string');
  if (!Array.isArray(sets) || !sets.every(isSet)) {
    throw invalid(`@${directive.name.value} needs ${name}: a list of lists of texts`);
  }
  return { kind, anyOf: sets };
}

/** A policy is held by its name: among the token's policies, or as a role. */
export function holds({ kind, anyOf }: Rule, principal: Principal): boolean {
  if (!isAuthenticated(principal)) return false;
  if (kind === 'authenticated') return true;
  const held = kind === 'policy' ? [...(principal.policies ?? []), ...principal.roles] : principal.scopes;
  return anyOf.some((set) => set.every((each) => held.includes(each)));
}
