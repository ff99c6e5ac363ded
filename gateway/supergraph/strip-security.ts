// A copy of the supergraph that Apollo's gateway agrees to load: without @authenticated, @requiresScopes and @policy, which it
// refuses. Authorisation does not get lost with them: every subgraph enforces its own.
import { type ConstDirectiveNode, type DocumentNode, Kind, parse, print, visit } from 'graphql';

const refused = ['authenticated', 'requiresScopes', 'policy'];

/** The feature a schema's @link names: `https://specs.apollo.dev/requiresScopes/v0.1` → `requiresScopes`. */
function featureOf(link: ConstDirectiveNode): string | undefined {
  const url = link.arguments?.find((argument) => argument.name.value === 'url')?.value;
  return url?.kind === Kind.STRING ? url.value.split('/').at(-2) : undefined;
}

export function stripSecurity(supergraphSdl: string): string {
  const document: DocumentNode = parse(supergraphSdl);
  const stripped = visit(document, {
    Directive(node) {
      if (refused.includes(node.name.value)) return null;
      const links = node.name.value === 'link' && refused.includes(featureOf(node as ConstDirectiveNode) ?? '');
      return links ? null : undefined;
    },
    DirectiveDefinition: (node) => (refused.includes(node.name.value) ? null : undefined),
    ScalarTypeDefinition: (node) =>
      refused.some((name) => node.name.value.startsWith(`${name}__`)) ? null : undefined,
  });
  return print(stripped);
}
