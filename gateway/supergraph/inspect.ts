// Whether a text is a supergraph this gateway can serve, and where its subgraphs are. What is refused is refused before anything of
// it runs: a text that is none, a specification whose meaning would be lost, a subgraph without an address.
import {
  type ConstDirectiveNode,
  type DocumentNode,
  type EnumTypeDefinitionNode,
  type EnumValueDefinitionNode,
  GraphQLError,
  Kind,
  parse,
} from 'graphql';
import { Fault } from '#platform/errors/fault.ts';
import { buildApiSchema } from '../engine/api-schema.ts';

export interface SubgraphPlace {
  /** As plans call it. */
  readonly name: string;
  readonly url: string;
}

const JOIN_VERSIONS = new Set(['v0.1', 'v0.2', 'v0.3', 'v0.4', 'v0.5']);
/** Specifications that change how an operation runs and that are followed here. */
const followed = new Set(['link', 'core', 'join', 'inaccessible', 'authenticated', 'requiresScopes', 'policy']);

/** The subgraphs of a supergraph. Throws SUPERGRAPH_INVALID with what is wrong with it; `source` names it to a person. */
export function inspectSupergraph(sdl: string, source: string): readonly SubgraphPlace[] {
  const refuse = (why: string, cause?: unknown): never => {
    throw new Fault('SUPERGRAPH_INVALID', `${source}: ${why}`, { cause });
  };
  const document = parsed(sdl, refuse);
  const graphs = document.definitions.find(
    (definition): definition is EnumTypeDefinitionNode =>
      definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === 'join__Graph',
  );
  if (!graphs?.values?.length) {
    return refuse('is no supergraph: it names no subgraphs (enum join__Graph); compose the subgraph schemas first');
  }
  for (const problem of unfollowed(document)) refuse(problem);
  try {
    if (!buildApiSchema(document).getQueryType()) refuse('has no query type');
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    refuse(`is no valid schema: ${(cause as Error).message}`, cause);
  }
  const places = graphs.values.map(placeOf);
  const twice = places.find(({ name }, index) => places.findIndex((other) => other.name === name) < index);
  if (twice) refuse(`names two subgraphs ${twice.name}`);
  const nowhere = places.find(({ url }) => !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol));
  if (nowhere) {
    const fix = 'compose with its routing_url, an address that starts with http:// or https://';
    refuse(`the subgraph ${nowhere.name} has no address ("${nowhere.url}"); ${fix}`);
  }
  return places;
}

function parsed(sdl: string, refuse: (why: string, cause: unknown) => never): DocumentNode {
  try {
    return parse(sdl);
  } catch (cause) {
    const place = cause instanceof GraphQLError ? cause.locations?.[0] : undefined;
    const where = place ? ` (line ${place.line}, column ${place.column})` : '';
    return refuse(`is no GraphQL: ${(cause as Error).message}${where}`, cause);
  }
}

/** What the supergraph says must be understood by who runs it, and is not here. */
function* unfollowed({ definitions }: DocumentNode): Generator<string> {
  const links = definitions.flatMap((definition) =>
    definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION
      ? (definition.directives ?? []).filter(({ name }) => name.value === 'link' || name.value === 'core')
      : [],
  );
  for (const link of links) {
    const url = textOf(link, 'url') ?? textOf(link, 'feature') ?? '';
    const [name = '', version = ''] = url.split('/').slice(-2);
    if (name === 'join' && !JOIN_VERSIONS.has(version)) {
      yield `is made with ${url}, which this gateway does not know; known are ${[...JOIN_VERSIONS].join(', ')}`;
    }
    const purpose = link.arguments?.find((argument) => argument.name.value === 'for')?.value;
    if (purpose?.kind === Kind.ENUM && !followed.has(name)) {
      yield `needs ${url} for ${purpose.value}, which this gateway does not do: its answers would be wrong`;
    }
  }
}

function placeOf({ name, directives }: EnumValueDefinitionNode): SubgraphPlace {
  const graph = directives?.find((directive) => directive.name.value === 'join__graph');
  return {
    name: (graph && textOf(graph, 'name')) ?? name.value,
    url: (graph && textOf(graph, 'url')) ?? '',
  };
}

function textOf(directive: ConstDirectiveNode, argument: string): string | undefined {
  const value = directive.arguments?.find(({ name }) => name.value === argument)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}
