// Who may read the schema itself: whether by asking for it, or by what a mistaken operation is told that might have been meant.
import { Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import { hasScopes, type Principal } from '#platform/auth/principal.ts';
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

/** graphql's words, without its guesses of what was meant, which tell names of the schema. */
export function withoutSuggestions(message: string): string {
  return message.replace(/ Did you mean [\s\S]*?\?(?=$|\s)/g, '');
}
