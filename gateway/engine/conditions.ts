// @skip and @include: which variables an operation's conditions read, and what is left of it under given ones.
import { type BooleanValueNode, type DirectiveNode, Kind, type VariableNode, visit } from 'graphql';
import type { IsIncluded, Operation } from './variant.ts';

/** Names of the variables that @skip and @include read, in a fixed order. */
export function conditionVariables({ definition, fragments }: Operation): readonly string[] {
  const names = new Set<string>();
  for (const node of [definition, ...fragments.values()]) {
    visit(node, {
      Directive(directive) {
        const value = conditionOf(directive);
        if (value?.kind === Kind.VARIABLE) names.add(value.name.value);
      },
    });
  }
  return [...names].sort();
}

export function includedUnder(variables: Readonly<Record<string, unknown>>): IsIncluded {
  return ({ directives }) =>
    directives?.every((directive) => {
      const condition = conditionOf(directive);
      if (!condition) return true;
      const value = condition.kind === Kind.VARIABLE ? variables[condition.name.value] === true : condition.value;
      return directive.name.value === 'include' ? value : !value;
    }) ?? true;
}

function conditionOf({ name, arguments: given }: DirectiveNode): VariableNode | BooleanValueNode | undefined {
  if (name.value !== 'skip' && name.value !== 'include') return undefined;
  const value = given?.find((argument) => argument.name.value === 'if')?.value;
  return value?.kind === Kind.VARIABLE || value?.kind === Kind.BOOLEAN ? value : undefined;
}
