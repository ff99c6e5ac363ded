// What makes two subscriptions the same: the operation, its variables but the cursor, and of the caller what its rules read. The shared
// upstream runs as somebody made of exactly that, so that no rule can read another claim.
import {
  type DocumentNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  print,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { type Principal, parsePrincipal, serializePrincipal } from '#platform/auth/principal.ts';
import type { SubscriptionRequest } from '../engine/engine.ts';
import { type Hidden, type Resumable, resumable } from './resume.ts';

/** Scopes and policies a field's rules name; undefined: it has none. */
export type RulesOf = (parent: GraphQLCompositeType, field: string) => readonly string[] | undefined;

/** A subscription as it is shared, whoever asks. */
export interface Shareable {
  readonly resumable: Resumable;
  readonly document: DocumentNode;
  readonly source: string;
  /** Cursor that stands in the text itself. */
  readonly preset: string | undefined;
  /** Variables that are lists whose order means nothing. */
  readonly sets: readonly string[];
  /** What the rules of all its fields name; undefined: nobody is told apart. */
  readonly named: ReadonlySet<string> | undefined;
  /** Its field wants a cursor always: there is no stream from now that all could join. */
  readonly isAlone: boolean;
}

export interface Sharing {
  readonly schema: GraphQLSchema;
  readonly rulesOf: RulesOf;
  /** By root field: the selection that says which thing's state its events tell. */
  readonly things: Readonly<Record<string, string>>;
}

/** Of a valid subscription. */
export function shareable(
  { schema, rulesOf, things }: Sharing,
  document: DocumentNode,
  name: string | null,
): Shareable {
  const isOpen: Hidden['isOpen'] = (parent, field) => rulesOf(parent, field) === undefined;
  const hidden: Hidden = { things, isOpen };
  const made = resumable(schema, document, name, hidden);
  const operation = getOperationAST(made.document) as OperationDefinitionNode;
  const { document: without, preset } = withoutPreset(made.document, made.after);
  return {
    resumable: made,
    document: without,
    source: print(without),
    preset,
    sets: setsOf(operation, made.document, made.after),
    named: namedBy(schema, rulesOf, made.document),
    isAlone:
      operation.variableDefinitions?.some(
        ({ variable, type }) => variable.name.value === made.after && type.kind === Kind.NON_NULL_TYPE,
      ) ?? false,
  };
}

/** The same text for all cursors: one that stands in it becomes the value of its variable. */
function withoutPreset(document: DocumentNode, after: string | undefined) {
  let preset: string | undefined;
  const changed = visit(document, {
    VariableDefinition(node) {
      if (node.variable.name.value !== after || node.defaultValue?.kind !== Kind.STRING) return undefined;
      preset = node.defaultValue.value;
      const { defaultValue: _, ...rest } = node;
      // What must be there is given as a variable.
      return rest;
    },
  });
  return { document: changed, preset };
}

/** Variables that are only arguments of the root field: a list of what is wanted. */
function setsOf({ selectionSet }: OperationDefinitionNode, document: DocumentNode, after: string | undefined) {
  const uses = new Map<string, number>();
  visit(document, {
    Variable: ({ name }) => void uses.set(name.value, (uses.get(name.value) ?? 0) + 1),
  });
  return selectionSet.selections.flatMap((node) =>
    node.kind === Kind.FIELD
      ? (node.arguments ?? []).flatMap(({ value }) =>
          // Its definition is one use.
          value.kind === Kind.VARIABLE && value.name.value !== after && uses.get(value.name.value) === 2
            ? [value.name.value]
            : [],
        )
      : [],
  );
}

function namedBy(schema: GraphQLSchema, rulesOf: RulesOf, document: DocumentNode): ReadonlySet<string> | undefined {
  const types = new TypeInfo(schema);
  let named: Set<string> | undefined;
  visit(
    document,
    visitWithTypeInfo(types, {
      Field({ name }) {
        const parent = types.getParentType();
        const rules = parent ? rulesOf(parent, name.value) : undefined;
        if (rules) named = new Set([...(named ?? []), ...rules]);
      },
    }),
  );
  return named;
}

export interface Asked {
  readonly key: string;
  readonly after: string | undefined;
  /** Without the cursor. */
  readonly variables: Record<string, unknown>;
  /** Serialised; undefined: nobody in particular. */
  readonly principal: string | undefined;
}

export function askedFor(shared: Shareable, { variables: given, context }: SubscriptionRequest): Asked {
  const { after: name } = shared.resumable;
  const { [name ?? '']: cursor, ...others } = given;
  const variables = name === undefined ? given : others;
  const inOrder = Object.fromEntries(
    Object.entries(variables).map(([key, value]) => [key, shared.sets.includes(key) ? asSet(value) : value]),
  );
  const after = typeof cursor === 'string' ? cursor : cursor === undefined ? shared.preset : undefined;
  const principal = reduced(parsePrincipal(context.principal), shared.named, context.principal);
  const told = [principal ?? null, context.forwarded ?? null];
  const key = JSON.stringify([shared.source, Object.entries(inOrder).sort(byName), ...told]);
  return { key, after, variables: inOrder, principal };
}

const byName = ([left]: readonly [string, unknown], [right]: readonly [string, unknown]) => (left < right ? -1 : 1);

function asSet(value: unknown): unknown {
  if (!Array.isArray(value) || !value.every((each) => typeof each === 'string')) return value;
  return [...new Set(value)].sort();
}

/** What rules of rows and fields read, and nothing else: who it was is for the audit, and reads are not told apart by it. */
function reduced(
  { roles, scopes, location, customerId, system, policies }: Principal,
  named: ReadonlySet<string> | undefined,
  given: string | undefined,
): string | undefined {
  if (named === undefined || given === undefined) return undefined;
  return serializePrincipal({
    sub: 'shared',
    clientId: 'shared',
    roles: [...roles].sort(),
    scopes: scopes.filter((scope) => named.has(scope)).sort(),
    ...(policies ? { policies: policies.filter((policy) => named.has(policy)).sort() } : {}),
    ...(location === undefined ? {} : { location }),
    ...(customerId === undefined ? {} : { customerId }),
    ...(system === undefined ? {} : { system }),
  });
}
