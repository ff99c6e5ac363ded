// A copy of the supergraph that Apollo's gateway agrees to load: without the directives that guard data, which it refuses, under whatever
// name they go. Who runs the copy enforces them in front of it.
import { Kind, parse, print, visit } from 'graphql';
import { accessDirectives } from './access-directives.ts';

export function stripSecurity(supergraphSdl: string): string {
  const document = parse(supergraphSdl);
  const { directives, isType, isLink } = accessDirectives(document);
  const stripped = visit(document, {
    Directive: (node, _key, _parent, _path, ancestors) => {
      if (directives.has(node.name.value)) return null;
      const on = ancestors.at(-1);
      const isOfSchema = !Array.isArray(on) && on !== undefined && 'kind' in on && on.kind === Kind.SCHEMA_DEFINITION;
      return isOfSchema && isLink(node) ? null : undefined;
    },
    DirectiveDefinition: (node) => (directives.has(node.name.value) ? null : undefined),
    ScalarTypeDefinition: (node) => (isType(node.name.value) ? null : undefined),
  });
  return print(stripped);
}
