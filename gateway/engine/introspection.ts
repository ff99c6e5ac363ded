// `__schema` and `__type`, which the gateway answers itself of the schema clients see. What has no variables is answered once.
import { executeSync, type FieldNode, Kind, visit } from 'graphql';
import type { Selection } from './selection.ts';

/** The JSON text of the field. */
export type Introspect = (variables: Readonly<Record<string, unknown>>) => string;

export function compileIntrospection(
  { operation: { definition, fragments }, api }: Selection,
  nodes: readonly [FieldNode, ...FieldNode[]],
): Introspect {
  const operation = { ...definition, selectionSet: { kind: Kind.SELECTION_SET, selections: nodes } } as const;
  const document = { kind: Kind.DOCUMENT, definitions: [operation, ...fragments.values()] } as const;
  const key = (nodes[0].alias ?? nodes[0].name).value;
  const answer: Introspect = (variableValues) => {
    const { data, errors } = executeSync({ schema: api, document, rootValue: {}, variableValues });
    if (errors?.[0]) throw errors[0];
    return JSON.stringify(data?.[key] ?? null);
  };
  let usesVariables = false;
  for (const node of nodes) {
    visit(node, {
      Variable() {
        usesVariables = true;
      },
      // What is in a fragment is not looked for.
      FragmentSpread() {
        usesVariables ||= (definition.variableDefinitions?.length ?? 0) > 0;
      },
    });
  }
  if (usesVariables) return answer;
  let known: string | undefined;
  return (variables) => {
    known ??= answer(variables);
    return known;
  };
}
