// Who may read the schema itself: whether by asking for it, or by what a mistaken operation is told that might have been meant.
import { type GraphQLSchema, Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import { hasScopes, type Principal, parsePrincipal } from '#platform/auth/principal.ts';
import type { GatewayContext } from '../subgraph-client.ts';
import type { Fragments } from './collect-costs.ts';

/** `role`: with the scope schema:read. */
export type Introspection = 'open' | 'role' | 'off';

const SCOPES = [['schema:read']];

export function mayIntrospect(introspection: Introspection, principal: Principal): boolean {
  return introspection === 'open' || (introspection === 'role' && hasScopes(principal, SCOPES));
}

/** True where an operation asks for `__schema` or `__type`; they stand at the root only. */
export function introspects({ selectionSet }: OperationDefinitionNode, fragments: Fragments): boolean {
  const seen = new Set<string>();
  const within = ({ selections }: SelectionSetNode): boolean =>
    selections.some((selection) => {
      if (selection.kind === Kind.FIELD) return ['__schema', '__type'].includes(selection.name.value);
      if (selection.kind === Kind.INLINE_FRAGMENT) return within(selection.selectionSet);
      const { value: name } = selection.name;
      const fragment = seen.has(name) ? undefined : fragments.get(name);
      seen.add(name);
      return fragment !== undefined && within(fragment.selectionSet);
    });
  return within(selectionSet);
}

const ofSchemas = new WeakMap<GraphQLSchema, Introspection>();

/** Whoever is told of a mistake in an operation on this schema is told its names only if entitled. */
export function setIntrospection(schema: GraphQLSchema, introspection: Introspection): void {
  ofSchemas.set(schema, introspection);
}

const GUESS = 'Did you mean';

/** graphql guesses what was meant, which tells names of the schema: left out for who may not read it. */
export function messageFor(schema: GraphQLSchema, { principal }: GatewayContext, message: string): string {
  if (!message.includes(GUESS)) return message;
  if (mayIntrospect(ofSchemas.get(schema) ?? 'open', parsePrincipal(principal))) return message;
  return message.replace(/ Did you mean [^?]*\?/g, '');
}
