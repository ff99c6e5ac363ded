// What @authenticated, @requiresScopes and @policy are called in a supergraph, whatever name its @link gives them. Refuses what could
// slip through: a version whose meaning is not known, and such a name that no link explains.
import {
  type ConstDirectiveNode,
  type ConstValueNode,
  type DirectiveNode,
  type DocumentNode,
  Kind,
  valueFromASTUntyped,
  visit,
} from 'graphql';
import { Fault } from '#platform/errors/fault.ts';

const specifications = ['authenticated', 'requiresScopes', 'policy'] as const;
export type Specification = (typeof specifications)[number];

const KNOWN_VERSION = 'v0.1';
const HOST = 'specs.apollo.dev';

export interface AccessDirectives {
  /** By the name they have here; empty when none is linked. */
  readonly directives: ReadonlyMap<string, Specification>;
  /** True for the scalars that belong to them. */
  readonly isType: (name: string) => boolean;
  /** True for the @link that brings one of them. */
  readonly isLink: (directive: DirectiveNode) => boolean;
}

/** Throws SUPERGRAPH_INVALID. */
export function accessDirectives(supergraph: DocumentNode): AccessDirectives {
  const directives = new Map<string, Specification>();
  const types = new Set<string>();
  const prefixes = new Set<string>();
  for (const link of linksOf(supergraph)) {
    const specification = linkedBy(link);
    if (!specification) continue;
    const namespace = textOf(valueOf(link, 'as')) ?? specification;
    directives.set(namespace, specification).set(`${namespace}__${specification}`, specification);
    prefixes.add(`${namespace}__`);
    for (const { name, as } of importsOf(link)) {
      if (name === `@${specification}`) directives.set(as.replace(/^@/, ''), specification);
      else if (!name.startsWith('@')) types.add(as);
    }
  }
  refuseUnlinked(supergraph, directives);
  return {
    directives,
    isType: (name) => types.has(name) || [...prefixes].some((prefix) => name.startsWith(prefix)),
    isLink: (directive) => linkedBy(directive as ConstDirectiveNode) !== undefined,
  };
}

export function invalid(why: string): Fault {
  return new Fault('SUPERGRAPH_INVALID', `The supergraph cannot be served: ${why}`);
}

/** The specification's own directives on the schema: @link under whatever name, and @core before it. */
function linksOf({ definitions }: DocumentNode): readonly ConstDirectiveNode[] {
  return definitions.flatMap((definition) =>
    definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION
      ? (definition.directives ?? [])
      : [],
  );
}

function linkedBy(link: ConstDirectiveNode): Specification | undefined {
  const url = textOf(valueOf(link, 'url')) ?? textOf(valueOf(link, 'feature'));
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { hostname, pathname } = new URL(url);
  const [name, version] = pathname.split('/').filter((segment) => segment !== '');
  const specification = specifications.find((known) => known === name);
  if (!specification || hostname !== HOST) return undefined;
  if (version !== KNOWN_VERSION) {
    throw invalid(`what ${url} means is not known here, known is ${KNOWN_VERSION}, and it guards data`);
  }
  return specification;
}

/** A name that guards data everywhere else guards nothing here: somebody believes it does. */
function refuseUnlinked(supergraph: DocumentNode, linked: ReadonlyMap<string, Specification>): void {
  const check = (name: string) => {
    const isGuard = specifications.some((known) => known === name || name === `${known}__${known}`);
    if (isGuard && !linked.has(name)) {
      throw invalid(`@${name} is not linked to https://${HOST}/${name}/${KNOWN_VERSION}, so nothing would enforce it`);
    }
  };
  visit(supergraph, {
    Directive: ({ name }) => check(name.value),
    DirectiveDefinition: ({ name }) => check(name.value),
  });
}

function valueOf(link: ConstDirectiveNode, argument: string): ConstValueNode | undefined {
  return link.arguments?.find(({ name }) => name.value === argument)?.value;
}

function textOf(value: ConstValueNode | undefined): string | undefined {
  return value?.kind === Kind.STRING ? value.value : undefined;
}

function importsOf(link: ConstDirectiveNode): readonly { readonly name: string; readonly as: string }[] {
  const value = valueOf(link, 'import');
  if (value?.kind !== Kind.LIST) return [];
  return (valueFromASTUntyped(value) as (string | { readonly name: string; readonly as?: string })[]).map((element) =>
    typeof element === 'string'
      ? { name: element, as: element }
      : { name: element.name, as: element.as ?? element.name },
  );
}
